package dev.culvert.cli.shell;

import dev.culvert.cli.pipe.LineSink;
import java.io.IOException;
import java.util.function.BooleanSupplier;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/**
 * Shows lines on the terminal a page at a time: space for the next page, Enter for the next line, G
 * for all the rest, q to stop. Also the place where what routers and peers say is made harmless to
 * a terminal.
 */
final class Pager implements LineSink {
  private static final String MORE = "---(more)---";

  /** How often an unpressed key is looked at for Ctrl-C having ended the command meanwhile. */
  private static final long KEY_POLL_MILLIS = 100;

  private final Terminal terminal;
  private final BooleanSupplier interrupted;
  private final boolean paged;
  private int roomLeft;
  private boolean toTheEnd;
  private boolean stopped;

  Pager(Terminal terminal, boolean paged, BooleanSupplier interrupted) {
    this.terminal = terminal;
    this.paged = paged && terminal.getSize().getRows() > 1 && terminal.getSize().getColumns() > 0;
    this.interrupted = interrupted;
    this.roomLeft = terminal.getSize().getRows() - 1;
  }

  @Override
  public boolean line(String text) throws IOException {
    if (stopped || interrupted.getAsBoolean()) {
      return false;
    }
    String shown = printable(text);
    if (paged && !toTheEnd) {
      int rows = 1 + Math.max(0, shown.length() - 1) / terminal.getSize().getColumns();
      if (rows > roomLeft && roomLeft < terminal.getSize().getRows() - 1 && !askForMore()) {
        return false;
      }
      roomLeft -= rows;
    }
    terminal.writer().println(shown);
    return true;
  }

  @Override
  public void flush() {
    terminal.flush();
  }

  @Override
  public void finish() {
    terminal.flush();
  }

  private boolean askForMore() throws IOException {
    terminal.writer().print(MORE);
    terminal.flush();
    Attributes before = terminal.enterRawMode();
    try {
      return key();
    } finally {
      terminal.setAttributes(before);
      terminal.writer().print("\r" + " ".repeat(MORE.length()) + "\r");
      terminal.flush();
    }
  }

  /** Waits for a key that means something; false to stop. */
  private boolean key() throws IOException {
    while (true) {
      if (interrupted.getAsBoolean()) {
        return stop();
      }
      switch (terminal.reader().read(KEY_POLL_MILLIS)) {
        case ' ', 'f' -> {
          roomLeft = terminal.getSize().getRows() - 1;
          return true;
        }
        case '\r', '\n', 'j' -> {
          roomLeft = 1;
          return true;
        }
        case 'G' -> {
          toTheEnd = true;
          return true;
        }
        case 'q', 'Q', 3, NonBlockingReader.EOF -> {
          return stop();
        }
        default -> {}
      }
    }
  }

  private boolean stop() {
    stopped = true;
    return false;
  }

  /** Control characters in names and messages from the network must not command the terminal. */
  static String printable(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isControl(text.charAt(i))) {
        StringBuilder clean = new StringBuilder(text);
        for (int j = i; j < clean.length(); j++) {
          if (isControl(clean.charAt(j))) {
            clean.setCharAt(j, '\uFFFD');
          }
        }
        return clean.toString();
      }
    }
    return text;
  }

  private static boolean isControl(char c) {
    return Character.isISOControl(c) && c != '\t';
  }
}
