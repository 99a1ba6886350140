package dev.culvert.bgp;

import dev.culvert.bgp.rib.NextHopTracker;
import dev.culvert.bgp.session.SessionAction;
import dev.culvert.core.engine.ActionSink;
import dev.culvert.core.net.IpAddress;

/**
 * Where the actions of a turn go: the engine's own, and those of its sessions and its table of next
 * hops in the engine's words. Confined to the routing thread.
 */
final class TurnActions implements NextHopTracker {
  private static final ActionSink<BgpAction> NOWHERE =
      action -> {
        throw new IllegalStateException("action outside a turn: " + action);
      };

  private ActionSink<? super BgpAction> sink = NOWHERE;

  void begin(ActionSink<? super BgpAction> actions) {
    sink = actions;
  }

  void end() {
    sink = NOWHERE;
  }

  void emit(BgpAction action) {
    sink.add(action);
  }

  /** Of a session. */
  void emit(SessionAction action) {
    emit(
        switch (action) {
          case SessionAction.Connect a ->
              new BgpAction.Connect(
                  a.connection(), a.local(), a.remote(), a.md5Key(), a.ttl(), a.sendHoldTime());
          case SessionAction.Send a -> new BgpAction.SendMessage(a.connection(), a.message());
          case SessionAction.AwaitWritable a -> new BgpAction.AwaitWritable(a.connection());
          case SessionAction.Close a -> new BgpAction.CloseTransport(a.connection());
          case SessionAction.Report a -> new BgpAction.Report(a.notice());
        });
  }

  @Override
  public void track(IpAddress nextHop) {
    emit(new BgpAction.TrackNextHop(nextHop));
  }

  @Override
  public void untrack(IpAddress nextHop) {
    emit(new BgpAction.UntrackNextHop(nextHop));
  }
}
