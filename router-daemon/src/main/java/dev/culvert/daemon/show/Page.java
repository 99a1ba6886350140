package dev.culvert.daemon.show;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import dev.culvert.cli.protocol.Element;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One answer in both forms, built side by side so that they cannot drift apart. */
public final class Page {
  private final List<String> lines = new ArrayList<>();
  private final Element.Builder root;

  public Page(String rootElement) {
    this.root = Element.builder(rootElement);
  }

  /** Adds a line; trailing blanks are cut. */
  @FormatMethod
  public Page line(@FormatString String format, Object... arguments) {
    lines.add(String.format(Locale.ROOT, format, arguments).stripTrailing());
    return this;
  }

  public Page blank() {
    lines.add("");
    return this;
  }

  public Page element(Element.Builder child) {
    root.child(child);
    return this;
  }

  public Page leaf(String name, String value) {
    root.leaf(name, value);
    return this;
  }

  public Page leaf(String name, long value) {
    root.leaf(name, value);
    return this;
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }

  public Element element() {
    return root.build();
  }
}
