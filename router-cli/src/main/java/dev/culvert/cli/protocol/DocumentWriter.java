package dev.culvert.cli.protocol;

/**
 * Writes one structured answer as it arrives, so that a document of a million routes is never held
 * in memory: {@code open(route-information), open(route-table), element(rt), element(rt), …, close,
 * close, end}.
 *
 * <p>Confined to one caller. Surplus {@code close} calls are ignored, missing ones are made up by
 * {@code end}: the document is well-formed whatever the daemon sent.
 */
public interface DocumentWriter {

  /** Begins an element whose children follow; the children of {@code head} are written first. */
  void open(Element head);

  /** Writes a complete element. */
  void element(Element whole);

  /** Ends the element opened last. */
  void close();

  /** Ends the document. */
  void end();
}
