package dev.culvert.cli.pipe;

import dev.culvert.cli.protocol.Request;

/** In which form an answer is shown: {@code | display json|xml|set}. */
public enum Display {
  TEXT(Request.Format.TEXT),
  JSON(Request.Format.ELEMENTS),
  XML(Request.Format.ELEMENTS),
  SET(Request.Format.SET);

  private final Request.Format format;

  Display(Request.Format format) {
    this.format = format;
  }

  /** What has to be asked of the daemon for it. */
  public Request.Format format() {
    return format;
  }
}
