package dev.culvert.daemon.show;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.culvert.cli.protocol.Element;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One answer in both forms, built side by side so that they cannot drift apart. */
final class Page {
  private final List<String> lines = new ArrayList<>();
  private final Element.Builder root;

  Page(String rootElement) {
    this.root = Element.builder(rootElement);
  }

  /** Adds a line; trailing blanks are cut. */
  @FormatMethod
  Page line(@FormatString String format, Object... arguments) {
    lines.add(String.format(Locale.ROOT, format, arguments).stripTrailing());
    return this;
  }

  Page blank() {
    lines.add("");
    return this;
  }

  Page element(Element.Builder child) {
    root.child(child);
    return this;
  }

  Page leaf(String name, String value) {
    root.leaf(name, value);
    return this;
  }

  Page leaf(String name, long value) {
    root.leaf(name, value);
    return this;
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  Element element() {
    return root.build();
  }
}
