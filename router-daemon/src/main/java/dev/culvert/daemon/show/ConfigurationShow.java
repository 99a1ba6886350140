package dev.culvert.daemon.show;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Completion;
import dev.culvert.cli.protocol.Element;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.config.ConfigNode;
import dev.culvert.core.config.ConfigSelection;
import dev.culvert.core.config.ConfigTree;
import dev.culvert.core.config.SchemaCompletion;
import dev.culvert.core.config.SchemaNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code show configuration [PATH]}, secrets masked. */
public final class ConfigurationShow {
  private ConfigurationShow() {}

  /** The selection as Junos' XML and JSON have it, from the root down. */
  public static Element element(ConfigSelection.Found found) {
    Element.Builder root = Element.builder("configuration");
    children(found.pruned().root(), root);
    return root.build();
  }

  /** An answer for a statement that is known and not set. */
  public static Element nothing() {
    return Element.empty("configuration");
  }

  private static void children(ConfigNode parent, Element.Builder into) {
    for (ConfigNode.Element child : parent.elements()) {
      ConfigNode node = child.node();
      String name = child.name();
      switch (node.schema()) {
        case SchemaNode.Container c -> block(node, Element.builder(name), into);
        case SchemaNode.Keyed k -> {
          Element.Builder element = Element.builder(name);
          child.keys().forEach(element::leaf);
          block(node, element, into);
        }
        case SchemaNode.Leaf l -> values(node, name, into);
        case SchemaNode.LeafList l -> values(node, name, into);
        case SchemaNode.Flag f -> into.child(marked(node, Element.builder(name)));
      }
    }
  }

  private static void block(ConfigNode node, Element.Builder element, Element.Builder into) {
    children(node, element);
    into.child(marked(node, element));
  }

  private static void values(ConfigNode node, String name, Element.Builder into) {
    for (String word : node.shownWords()) {
      into.child(marked(node, Element.builder(name).text(word)));
    }
  }

  private static Element.Builder marked(ConfigNode node, Element.Builder element) {
    return node.inactive() ? element.attribute("inactive", "inactive") : element;
  }

  /**
   * What the words select of a configuration, in the form asked for.
   *
   * @return null if it succeeded, otherwise one line for the operator
   */
  public static @Nullable String answer(
      ConfigTree tree, List<String> words, Request.Format format, AnswerStream answer) {
    return switch (ConfigSelection.of(tree, words)) {
      case ConfigSelection.Unknown(String reason) -> reason;
      case ConfigSelection.NotSet() -> {
        if (format == Request.Format.ELEMENTS) {
          answer.element(nothing());
        }
        yield null;
      }
      case ConfigSelection.Found found -> {
        switch (format) {
          case ELEMENTS -> answer.element(element(found));
          case SET -> found.toSet(false).lines().forEach(answer::line);
          case TEXT -> found.toBraces(false).lines().forEach(answer::line);
        }
        yield null;
      }
    };
  }

  /** What may follow the words of a configuration path. */
  public static List<Completion> complete(
      SchemaNode.Container root, List<String> words, String partial) {
    return SchemaCompletion.complete(root, words, partial).stream()
        .map(c -> new Completion(c.word(), c.help(), c.literal()))
        .toList();
  }
}
