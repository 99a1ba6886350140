package dev.culvert.cli.shell;

import dev.culvert.cli.pipe.LineSink;
import java.io.IOException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.utils.NonBlockingReader;

/**
 * Shows lines on the terminal a page at a time; {@link #HELP} are its keys. Also the place where
 * what routers and peers say is made harmless to a terminal.
 */
final class Pager implements LineSink {
  private static final String MORE = "---(more)---";

  private static final List<String> HELP =
      List.of(
          "  Space, f    next page",
          "  d           next half page",
          "  Enter, j    next line",
          "  /TEXT       skip to the next line with TEXT",
          "  n           skip to the next line with the same",
          "  G           all the rest",
          "  q, Ctrl-C   stop",
          "  h           this help");

  private static final int BACKSPACE = 8;
  private static final int DELETE = 127;

  /** How often an unpressed key is looked at for Ctrl-C having ended the command meanwhile. */
  private static final long KEY_POLL_MILLIS = 100;

  private final Terminal terminal;
  private final BooleanSupplier interrupted;
  private final boolean paged;
  private int roomLeft;
  private boolean toTheEnd;
  private boolean stopped;
  private String sought = "";
  private boolean skipping;

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
    if (isSkipped(shown)) {
      return true;
    }
    if (paged && !toTheEnd) {
      int rows = 1 + Math.max(0, shown.length() - 1) / terminal.getSize().getColumns();
      if (rows > roomLeft && roomLeft < terminal.getSize().getRows() - 1) {
        if (!askForMore()) {
          return false;
        }
        if (isSkipped(shown)) {
          return true;
        }
      }
      roomLeft -= rows;
    }
    terminal.writer().println(shown);
    return true;
  }

  /** A search goes on over this line; one that has what is sought ends it. */
  private boolean isSkipped(String shown) {
    skipping = skipping && !shown.contains(sought);
    return skipping;
  }

  @Override
  public void flush() {
    terminal.flush();
  }

  @Override
  public void finish() {
    if (skipping) {
      terminal.writer().println("Pattern not found: " + printable(sought));
    }
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
        case 'd' -> {
          roomLeft = Math.max(1, terminal.getSize().getRows() / 2);
          return true;
        }
        case '/' -> {
          return search(typedText());
        }
        case 'n' -> {
          return search("");
        }
        case 'h' -> help();
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

  /** On to the next line with that text, or, if there is none, with the one sought last. */
  private boolean search(String text) {
    if (!text.isEmpty()) {
      sought = text;
    }
    skipping = !sought.isEmpty();
    roomLeft = terminal.getSize().getRows() - 1;
    return true;
  }

  /** What is typed up to Enter, echoed in the place of {@link #MORE}. */
  private String typedText() throws IOException {
    StringBuilder text = new StringBuilder();
    while (!interrupted.getAsBoolean()) {
      terminal.writer().print("\r\u001b[K/" + printable(text.toString()));
      terminal.flush();
      int key = terminal.reader().read(KEY_POLL_MILLIS);
      switch (key) {
        case '\r', '\n', NonBlockingReader.EOF -> {
          return text.toString();
        }
        case BACKSPACE, DELETE -> text.setLength(Math.max(0, text.length() - 1));
        case NonBlockingReader.READ_EXPIRED -> {}
        default -> text.append((char) key);
      }
    }
    return "";
  }

  private void help() {
    terminal.writer().print("\r\u001b[K");
    HELP.forEach(line -> terminal.writer().println(line));
    terminal.writer().print(MORE);
    terminal.flush();
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
