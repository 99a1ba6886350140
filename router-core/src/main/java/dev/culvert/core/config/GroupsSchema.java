package dev.culvert.core.config;

import java.util.ArrayList;
import java.util.List;

/**
 * What may be written beside the statements themselves: {@code groups} that hold statements under
 * names or patterns of them, and {@code apply-groups} wherever these are to be inherited.
 */
final class GroupsSchema {
  static final String GROUPS = "groups";
  static final String APPLY_GROUPS = "apply-groups";
  static final String APPLY_GROUPS_EXCEPT = "apply-groups-except";

  private static final ValueType<String> NAME = ValueTypes.anyName();
  private static final SchemaNode APPLY =
      SchemaNode.leafList(
          APPLY_GROUPS, "Groups from which to inherit configuration data, the first wins", NAME);
  private static final SchemaNode EXCEPT =
      SchemaNode.leafList(
          APPLY_GROUPS_EXCEPT, "Groups from which nothing is inherited from here on", NAME);

  private GroupsSchema() {}

  /** The schema of the text, from that of the statements. */
  static SchemaNode.Container around(SchemaNode.Container root) {
    SchemaNode.Container inGroup = (SchemaNode.Container) with(root, true);
    SchemaNode groups =
        SchemaNode.container(
            GROUPS,
            "Configuration groups",
            new SchemaNode.Keyed("", "A group of statements", NAME, inGroup.children()));
    SchemaNode.Container written = (SchemaNode.Container) with(root, false);
    List<SchemaNode> members = new ArrayList<>(written.children());
    members.add(groups);
    return new SchemaNode.Container(
        root.keyword(), root.help(), members, root.refusals(), root.oneLine());
  }

  /** True for what says where to inherit from, and is not configuration itself. */
  static boolean isApplying(SchemaNode schema) {
    return schema.keyword().equals(APPLY_GROUPS) || schema.keyword().equals(APPLY_GROUPS_EXCEPT);
  }

  private static SchemaNode with(SchemaNode schema, boolean inGroup) {
    boolean isWhole = schema.members().isEmpty() || schema.holdsMembersOnOneLine();
    return switch (schema) {
      case SchemaNode.Container c when !isWhole ->
          new SchemaNode.Container(
              c.keyword(), c.help(), members(c, inGroup), c.refusals(), c.oneLine());
      case SchemaNode.Keyed k when !isWhole ->
          new SchemaNode.Keyed(
              k.keyword(),
              k.help(),
              inGroup ? new KeyPattern<>(k.key()) : k.key(),
              members(k, inGroup),
              k.refusals(),
              k.oneLine(),
              k.joined());
      default -> schema;
    };
  }

  private static List<SchemaNode> members(SchemaNode schema, boolean inGroup) {
    List<SchemaNode> members = new ArrayList<>();
    schema.members().forEach(member -> members.add(with(member, inGroup)));
    if (!schema.isJoined()) {
      members.add(APPLY);
      if (!inGroup) {
        members.add(EXCEPT);
      }
    }
    return members;
  }
}
