package dev.culvert.cli.protocol;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** Junos' {@code | display xml}: the answer's elements inside an {@code <rpc-reply>}. */
public final class XmlDocumentWriter implements DocumentWriter {
  private static final int INDENT = 4;

  /**
   * Declares the prefix of attributes such as {@code junos:seconds}, as parsers of Junos expect.
   */
  private static final String RPC_REPLY =
      "<rpc-reply xmlns:junos=\"http://xml.juniper.net/junos/24.4R1/junos\">";

  private final Consumer<String> output;
  private final Deque<String> open = new ArrayDeque<>();

  public XmlDocumentWriter(Consumer<String> output) {
    this.output = output;
    output.accept(RPC_REPLY);
  }

  @Override
  public void open(Element head) {
    line(startTag(head, ">") + textOf(head));
    open.push(head.name());
    head.children().forEach(this::element);
  }

  @Override
  public void element(Element whole) {
    if (!whole.isLeaf()) {
      open(whole);
      close();
    } else if (whole.text() == null) {
      line(startTag(whole, "/>"));
    } else {
      line(startTag(whole, ">") + textOf(whole) + "</" + whole.name() + ">");
    }
  }

  @Override
  public void close() {
    if (!open.isEmpty()) {
      String name = open.pop();
      line("</" + name + ">");
    }
  }

  @Override
  public void end() {
    while (!open.isEmpty()) {
      close();
    }
    output.accept("</rpc-reply>");
  }

  private void line(String text) {
    output.accept(" ".repeat(INDENT * (open.size() + 1)) + text);
  }

  private static String startTag(Element element, String end) {
    StringBuilder tag = new StringBuilder("<").append(element.name());
    element
        .attributes()
        .forEach((name, value) ->
            tag.append(' ').append(name).append("=\"").append(escape(value)).append('"'));
    return tag.append(end).toString();
  }

  private static String textOf(Element element) {
    return element.text() == null ? "" : escape(element.text());
  }

  /** Character data and attribute values; what XML 1.0 §2.2 cannot hold becomes U+FFFD. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> escaped.append("&amp;");
            case '<' -> escaped.append("&lt;");
            case '>' -> escaped.append("&gt;");
            case '"' -> escaped.append("&quot;");
            case '\n' -> escaped.append("&#10;");
            case '\r' -> escaped.append("&#13;");
            case '\t' -> escaped.append("&#9;");
            default -> escaped.appendCodePoint(isXmlCharacter(c) ? c : 0xFFFD);
          }
        });
    return escaped.toString();
  }

  private static boolean isXmlCharacter(int c) {
    return c >= 0x20 && !(c >= 0xD800 && c <= 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
  }
}
