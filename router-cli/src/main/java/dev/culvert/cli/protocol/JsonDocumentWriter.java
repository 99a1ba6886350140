package dev.culvert.cli.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Junos' {@code | display json}: every element is an array under its name, because elements may
 * repeat, and character data stands under {@code data}.
 *
 * <pre>
 * {
 *     "route-information":[
 *         {
 *             "route-table":[
 *                 {
 *                     "table-name":[{"data":"inet.0"}],
 * </pre>
 *
 * <p>Two documents are plain objects instead: {@code configuration}, as in Junos, and {@code
 * system-status}, which is our own and meant for scripts ({@code "state":"ready"}). They must be
 * sent whole. Siblings of one name that are sent one by one below an opened element must follow
 * each other; JSON has no way to take up an array again.
 */
public final class JsonDocumentWriter implements DocumentWriter {
  private static final Set<String> PLAIN_DOCUMENTS = Set.of("configuration", "system-status");

  private final JsonLines lines;
  private final Deque<Frame> frames = new ArrayDeque<>();

  public JsonDocumentWriter(Consumer<String> output) {
    lines = new JsonLines(output);
    lines.begin("{");
    frames.push(new Frame());
  }

  @Override
  public void open(Element head) {
    beginEntry(head.name());
    lines.begin("{");
    attributes(head);
    frames.push(new Frame());
    head.children().forEach(this::element);
  }

  @Override
  public void element(Element whole) {
    if (frames.size() == 1 && PLAIN_DOCUMENTS.contains(whole.name())) {
      finishArray(frame());
      plainMember(whole.name(), List.of(whole), false);
      return;
    }
    beginEntry(whole.name());
    entry(whole);
  }

  @Override
  public void close() {
    if (frames.size() > 1) {
      finishArray(frames.pop());
      lines.end("}");
    }
  }

  @Override
  public void end() {
    while (frames.size() > 1) {
      close();
    }
    finishArray(frame());
    lines.end("}");
    lines.flush();
  }

  private Frame frame() {
    return frames.getFirst();
  }

  /** Makes the innermost array the one of {@code name}. */
  private void beginEntry(String name) {
    Frame frame = frame();
    if (!name.equals(frame.array)) {
      finishArray(frame);
      lines.begin(quote(name) + ":[");
      frame.array = name;
    }
  }

  private void finishArray(Frame frame) {
    if (frame.array != null) {
      lines.end("]");
      frame.array = null;
    }
  }

  private void entry(Element element) {
    if (element.isLeaf()) {
      lines.item(leafEntry(element));
      return;
    }
    lines.begin("{");
    attributes(element);
    if (element.text() != null) {
      lines.item("\"data\":" + quote(element.text()));
    }
    byName(element.children()).forEach(this::member);
    lines.end("}");
  }

  private void member(String name, List<Element> elements) {
    if (elements.size() == 1 && elements.getFirst().isLeaf()) {
      lines.item(quote(name) + ":[" + leafEntry(elements.getFirst()) + "]");
      return;
    }
    lines.begin(quote(name) + ":[");
    elements.forEach(this::entry);
    lines.end("]");
  }

  private void attributes(Element element) {
    if (!element.attributes().isEmpty()) {
      lines.item("\"attributes\":" + attributesObject(element));
    }
  }

  private static String leafEntry(Element leaf) {
    String attributes =
        leaf.attributes().isEmpty() ? "" : "\"attributes\":" + attributesObject(leaf) + ",";
    // Junos prints an element without content as the array of one null.
    return "{"
        + attributes
        + "\"data\":"
        + (leaf.text() == null ? "[null]" : quote(leaf.text()))
        + "}";
  }

  private static String attributesObject(Element element) {
    List<String> members = new ArrayList<>();
    element.attributes().forEach((key, value) -> members.add(quote(key) + ":" + quote(value)));
    return "{" + String.join(",", members) + "}";
  }

  /** A member of a plain object; {@code inList} where an array is already open around it. */
  private void plainMember(String name, List<Element> elements, boolean inList) {
    String key = inList ? "" : quote(name) + ":";
    // In a configuration an element with a name is an entry of a list, even when it is the only
    // one.
    boolean isList = !inList && (elements.size() > 1 || elements.getFirst().child("name") != null);
    if (isList) {
      lines.begin(key + "[");
      elements.forEach(element -> plainMember(name, List.of(element), true));
      lines.end("]");
      return;
    }
    Element element = elements.getFirst();
    if (element.isLeaf()) {
      lines.item(key + (element.text() == null ? "[null]" : quote(element.text())));
      return;
    }
    lines.begin(key + "{");
    if (!element.attributes().isEmpty()) {
      lines.item("\"@\":" + attributesObject(element));
    }
    byName(element.children()).forEach((child, all) -> plainMember(child, all, false));
    lines.end("}");
  }

  private static Map<String, List<Element>> byName(List<Element> elements) {
    Map<String, List<Element>> groups = new LinkedHashMap<>();
    for (Element element : elements) {
      groups.computeIfAbsent(element.name(), _ -> new ArrayList<>()).add(element);
    }
    return groups;
  }

  /** A JSON string (RFC 8259 §7). */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        default -> {
          if (c < ' ' || c == 0x7F) {
            quoted.append("\\u%04x".formatted((int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    return quoted.append('"').toString();
  }

  /** What has been written inside one opened object. */
  private static final class Frame {
    private @Nullable String array;
  }
}
