package dev.culvert.cli.protocol;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the client asks. A connection is one session: its requests are answered one after another,
 * each ended by an {@link Answer.Last} of the same id; only {@link Type#CANCEL} may overtake.
 *
 * @param id chosen by the client, counted up
 * @param text the command line without client-side pipes; for {@link Type#COMPLETE} the line up to
 *     the cursor; for {@link Type#HELLO} the login name
 * @param format what the client wants to be sent
 * @param input text that belongs to the command, such as the file of a {@code load}
 */
public record Request(int id, Type type, String text, Format format, @Nullable String input) {

  public enum Type {
    /** Opens the session; answered by its {@link Session}. */
    HELLO,
    /** Runs a command. */
    COMMAND,
    /** Asks what may follow; answered by {@link Answer.Completions}. */
    COMPLETE,
    /**
     * Ends the request of that id early; it is answered by the cancelled request's last answer
     * only.
     */
    CANCEL;

    String wireValue() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public enum Format {
    /** Lines in Junos' columns. */
    TEXT,
    /** Elements, for {@code | display json} and {@code | display xml}. */
    ELEMENTS,
    /** Lines of {@code set} commands, for {@code show configuration | display set}. */
    SET;

    String wireValue() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static Request hello(int id, String loginName) {
    return new Request(id, Type.HELLO, loginName, Format.TEXT, null);
  }

  public static Request command(int id, String text, Format format) {
    return new Request(id, Type.COMMAND, text, format, null);
  }

  public static Request complete(int id, String lineUpToCursor) {
    return new Request(id, Type.COMPLETE, lineUpToCursor, Format.TEXT, null);
  }

  public static Request cancel(int id) {
    return new Request(id, Type.CANCEL, "", Format.TEXT, null);
  }

  /** The same about another line. */
  public Request withText(String other) {
    return new Request(id, type, other, format, input);
  }

  public Request withInput(String text) {
    return new Request(id, type, this.text, format, text);
  }
}
