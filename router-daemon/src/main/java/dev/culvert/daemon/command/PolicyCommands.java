package dev.culvert.daemon.command;

import dev.culvert.daemon.show.AddressBookShow;
import dev.culvert.daemon.show.Page;
import dev.culvert.daemon.show.PolicyHitCountShow;
import dev.culvert.daemon.show.PolicyShow;
import dev.culvert.daemon.show.PolicyShow.Selection;
import dev.culvert.daemon.show.RouterState;
import dev.culvert.daemon.show.ZonesShow;
import dev.culvert.firewall.operational.PolicyViews;
import dev.culvert.firewall.ruleset.PolicyContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Commands about zones and policies. */
record PolicyCommands(RouterState router) {
  private static final String DETAIL = "detail";
  private static final String TERSE = "terse";
  private static final String GLOBAL = "global";
  private static final String FROM_ZONE = "from-zone";
  private static final String TO_ZONE = "to-zone";
  private static final String POLICY_NAME = "policy-name";
  private static final Set<String> SELECTING = Set.of(FROM_ZONE, TO_ZONE, POLICY_NAME);
  private static final List<String> SELECTION =
      List.of(FROM_ZONE, TO_ZONE, POLICY_NAME, GLOBAL, "<name>");

  List<Command> table() {
    List<String> ofPolicies = new ArrayList<>(SELECTION);
    ofPolicies.addFirst(DETAIL);
    return List.of(
        Command.show(
            "security zones",
            "Security zones and their interfaces",
            List.of(DETAIL, TERSE, "<zone>"),
            this::zones),
        Command.show(
            "security host-inbound",
            "What may reach the router, by interface",
            List.of(),
            call -> answer(call, views -> ZonesShow.hostInbound(views.ruleset()))),
        Command.show(
            "security address-book",
            "Names of addresses",
            List.of(),
            call -> answer(call, views -> AddressBookShow.page(views.config().addressBooks()))),
        Command.show("security policies", "Security policies", ofPolicies, this::policies),
        Command.show(
            "security policies hit-count",
            "How often each policy has decided",
            SELECTION,
            this::hitCount));
  }

  private interface Answering {
    Page page(PolicyViews views);
  }

  private @Nullable String answer(Call call, Answering answering) {
    try {
      return call.page(answering.page(router.policies()));
    } catch (IOException e) {
      return refusal(e);
    }
  }

  private static String refusal(IOException e) {
    return "the kernel's counters: " + e.getMessage();
  }

  private @Nullable String zones(Call call) {
    List<String> names = new ArrayList<>(call.arguments());
    ZonesShow.Style style =
        names.remove(DETAIL)
            ? ZonesShow.Style.DETAIL
            : names.remove(TERSE) ? ZonesShow.Style.TERSE : ZonesShow.Style.NORMAL;
    if (names.size() > 1) {
      return "name one zone, or none";
    }
    String name = names.isEmpty() ? null : names.getFirst();
    try {
      PolicyViews views = router.policies();
      if (name != null && views.zone(name).isEmpty()) {
        return "no such zone: " + name;
      }
      return call.page(ZonesShow.zones(views.ruleset(), name, style));
    } catch (IOException e) {
      return refusal(e);
    }
  }

  private @Nullable String policies(Call call) {
    return select(
        call,
        Set.of(DETAIL, GLOBAL),
        (views, selection) ->
            call.has(DETAIL)
                ? PolicyShow.detail(views, selection)
                : PolicyShow.brief(views, selection));
  }

  private @Nullable String hitCount(Call call) {
    return select(call, Set.of(GLOBAL), PolicyHitCountShow::hitCount);
  }

  private interface Selecting {
    Page page(PolicyViews views, Selection selection);
  }

  private @Nullable String select(Call call, Set<String> flags, Selecting selecting) {
    return switch (Words.of(call.arguments(), SELECTING, flags)) {
      case Words.Fault(String text) -> text;
      case Words.Given(Map<String, String> values, Set<String> set) -> {
        Selection selection =
            new Selection(
                values.get(FROM_ZONE),
                values.get(TO_ZONE),
                values.get(POLICY_NAME),
                set.contains(GLOBAL));
        try {
          PolicyViews views = router.policies();
          String fault = fault(views, selection);
          yield fault != null ? fault : call.page(selecting.page(views, selection));
        } catch (IOException e) {
          yield refusal(e);
        }
      }
    };
  }

  private static @Nullable String fault(PolicyViews views, Selection selection) {
    for (String zone : zonesOf(selection)) {
      String fault = unknownZone(views, zone);
      if (fault != null) {
        return fault;
      }
    }
    boolean isKnown =
        selection.name() == null
            || views.ruleset().policies().all().stream()
                .anyMatch(policy -> policy.name().equals(selection.name()));
    return isKnown ? null : "no such policy: " + selection.name();
  }

  private static List<String> zonesOf(Selection selection) {
    List<String> zones = new ArrayList<>();
    if (selection.from() != null) {
      zones.add(selection.from());
    }
    if (selection.to() != null) {
      zones.add(selection.to());
    }
    return zones;
  }

  private static @Nullable String unknownZone(PolicyViews views, String zone) {
    return zone.equals(PolicyContext.JUNOS_HOST) || views.zone(zone).isPresent()
        ? null
        : "no such zone: " + zone;
  }
}
