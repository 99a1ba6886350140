package dev.culvert.cli;

import dev.culvert.cli.pipe.LineSink;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/** Lines to standard output. A reader that left ({@code culvert -c … | head}) ends the command. */
final class StandardOutput implements LineSink {
  private static final int BUFFER = 64 * 1024;

  private final Writer writer;
  private boolean readerLeft;

  private StandardOutput(Writer writer) {
    this.writer = writer;
  }

  static StandardOutput open() {
    return new StandardOutput(
        new BufferedWriter(
            new OutputStreamWriter(
                new FileOutputStream(FileDescriptor.out), StandardCharsets.UTF_8),
            BUFFER));
  }

  @Override
  public boolean line(String text) throws IOException {
    return write(() -> writer.append(text).append('\n'));
  }

  @Override
  public void flush() throws IOException {
    write(writer::flush);
  }

  @Override
  public void finish() throws IOException {
    flush();
  }

  private interface Output {
    void run() throws IOException;
  }

  private boolean write(Output output) throws IOException {
    if (readerLeft) {
      return false;
    }
    try {
      output.run();
      return true;
    } catch (IOException e) {
      // EPIPE has no type of its own in Java.
      if (!"Broken pipe".equals(e.getMessage())) {
        throw e;
      }
      readerLeft = true;
      return false;
    }
  }
}
