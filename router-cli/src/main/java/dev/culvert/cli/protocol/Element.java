package dev.culvert.cli.protocol;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One node of a structured answer, with the element names Junos uses: {@code route-information},
 * {@code rt}, {@code nh}. The same tree becomes {@code | display xml} and {@code | display json}.
 *
 * <p>Immutable, safe to share.
 *
 * @param text the character data of a leaf; null where there is none
 * @param attributes in the order they are to be printed
 */
public record Element(
    String name, @Nullable String text, Map<String, String> attributes, List<Element> children) {

  public Element {
    if (!isName(name)) {
      throw new IllegalArgumentException("not an element name: " + name);
    }
    for (String attribute : attributes.keySet()) {
      if (!isName(attribute)) {
        throw new IllegalArgumentException("not an attribute name: " + attribute);
      }
    }
    attributes =
        attributes.isEmpty()
            ? Map.of()
            : Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    children = List.copyOf(children);
  }

  public static Element leaf(String name, String text) {
    return new Element(name, text, Map.of(), List.of());
  }

  public static Element leaf(String name, long value) {
    return leaf(name, Long.toString(value));
  }

  /** An element whose presence says it all, such as {@code <current-active/>}. */
  public static Element empty(String name) {
    return new Element(name, null, Map.of(), List.of());
  }

  public static Element of(String name, List<Element> children) {
    return new Element(name, null, Map.of(), children);
  }

  public static Element of(String name, Element... children) {
    return of(name, List.of(children));
  }

  public static Builder builder(String name) {
    return new Builder(name);
  }

  public boolean isLeaf() {
    return children.isEmpty();
  }

  /** The first child of that name. */
  public @Nullable Element child(String childName) {
    for (Element child : children) {
      if (child.name.equals(childName)) {
        return child;
      }
    }
    return null;
  }

  /** All children of that name, in order. */
  public List<Element> children(String childName) {
    return children.stream().filter(child -> child.name.equals(childName)).toList();
  }

  /** This element as a whole document in Junos' JSON style; see {@link JsonDocumentWriter}. */
  public String toJson() {
    StringBuilder document = new StringBuilder();
    write(new JsonDocumentWriter(line -> document.append(line).append('\n')));
    return document.toString();
  }

  /** This element as a whole {@code <rpc-reply>} document; see {@link XmlDocumentWriter}. */
  public String toXml() {
    StringBuilder document = new StringBuilder();
    write(new XmlDocumentWriter(line -> document.append(line).append('\n')));
    return document.toString();
  }

  private void write(DocumentWriter writer) {
    writer.element(this);
    writer.end();
  }

  /** The names that are both XML names and plain JSON keys. */
  static boolean isName(String name) {
    if (name.isEmpty() || !(isLetter(name.charAt(0)) || name.charAt(0) == '_')) {
      return false;
    }
    for (int i = 1; i < name.length(); i++) {
      char c = name.charAt(i);
      if (!isLetter(c) && !(c >= '0' && c <= '9') && "_-.:".indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /** Collects an element piece by piece; confined to the caller. */
  public static final class Builder {
    private final String name;
    private @Nullable String text;
    private final Map<String, String> attributes = new LinkedHashMap<>();
    private final List<Element> children = new ArrayList<>();

    private Builder(String name) {
      this.name = name;
    }

    public Builder text(String value) {
      text = value;
      return this;
    }

    public Builder attribute(String attribute, String value) {
      attributes.put(attribute, value);
      return this;
    }

    public Builder leaf(String child, String value) {
      return child(Element.leaf(child, value));
    }

    public Builder leaf(String child, long value) {
      return child(Element.leaf(child, value));
    }

    /** Adds the leaf only if there is a value. */
    public Builder leafIfPresent(String child, @Nullable String value) {
      return value == null ? this : leaf(child, value);
    }

    public Builder empty(String child) {
      return child(Element.empty(child));
    }

    public Builder child(Element child) {
      children.add(child);
      return this;
    }

    public Builder child(Builder child) {
      return child(child.build());
    }

    public Element build() {
      return new Element(name, text, attributes, children);
    }
  }
}
