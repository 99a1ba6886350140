package dev.culvert.daemon.ike;

import dev.culvert.core.config.ValueTypes;
import dev.culvert.core.net.Endpoint;
import dev.culvert.core.wire.Octets;
import dev.culvert.ipsec.ike.IkeAction;
import dev.culvert.ipsec.ike.IkeEvent;
import dev.culvert.ipsec.ike.admission.IkeDoor;
import dev.culvert.ipsec.ike.admission.Refusal;
import dev.culvert.ipsec.ike.admission.Verdict;
import dev.culvert.ipsec.ike.operational.IkeStatistics;
import dev.culvert.ipsec.sa.SaNotice;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Between the threads that receive and the one that owns the engine: what strangers send is looked
 * at here, on the receiving thread, and what is for the engine waits in an {@link IkeInbox} of
 * which it takes a little at a time, so that its other work never stands behind a flood.
 *
 * <p>{@link #datagram} and {@link #notice} are safe from any thread, the rest belongs to the IKE
 * thread.
 */
final class IkeIntake {
  /** Taken in one go; then whatever else the thread has to do has its turn. */
  static final int AT_ONCE = 16;

  private final IkeDoor door;
  private final IkeInbox inbox = new IkeInbox();
  private final Consumer<Runnable> thread;
  private final Consumer<IkeEvent> engine;

  /** The thread has been asked to take something out, and has not begun. */
  private final AtomicBoolean asked = new AtomicBoolean();

  /**
   * @param thread runs something on the IKE thread, in order with all else
   * @param engine told there what was taken out
   */
  IkeIntake(RandomGenerator random, Consumer<Runnable> thread, Consumer<IkeEvent> engine) {
    this.door = new IkeDoor(random.nextLong(), System.nanoTime());
    this.thread = thread;
    this.engine = engine;
  }

  /**
   * An IKE message has come.
   *
   * @return what is to be sent back at once; null for nothing
   */
  @Nullable Octets datagram(Endpoint local, Endpoint remote, Octets message) {
    switch (door.receive(remote, message, System.nanoTime())) {
      case Verdict.Admitted admitted -> {
        Refusal refusal =
            inbox.offer(
                admitted, new IkeEvent.DatagramReceived(local, remote, message, admitted.lane()));
        if (refusal == null) {
          ask();
        } else {
          door.count(refusal);
        }
      }
      case Verdict.Answered(Octets answer) -> {
        return answer;
      }
      case Verdict.Refused refused -> {}
    }
    return null;
  }

  void notice(SaNotice notice) {
    inbox.tell(notice);
    ask();
  }

  private void ask() {
    if (!asked.getAndSet(true)) {
      thread.accept(this::takeSome);
    }
  }

  private void takeSome() {
    // First, so that whatever is put in from here on asks again.
    asked.set(false);
    for (int i = 0; i < AT_ONCE; i++) {
      IkeEvent event = inbox.take();
      if (event == null) {
        return;
      }
      engine.accept(event);
    }
    ask();
  }

  void known(IkeAction.IkeSaKnown sa) {
    door.known(sa.localSpi(), sa.remoteSpi(), sa.initiator(), sa.halfOpen());
  }

  void forgotten(IkeAction.IkeSaForgotten sa) {
    door.forget(sa.localSpi());
  }

  void admission(IkeAction.AdmissionChanged change) {
    door.policy(change.policy());
  }

  void peers(IkeAction.PeersChanged change) {
    door.peers(change.addresses(), System.nanoTime());
  }

  /** The engine has failed: until another one says otherwise there is nobody to talk to. */
  void shut() {
    door.shut();
  }

  /** The engine's counters with those of what it has not seen. */
  IkeStatistics complete(IkeStatistics ofEngine) {
    SequencedMap<String, Long> refused = new LinkedHashMap<>();
    for (Refusal cause : Refusal.values()) {
      refused.put(ValueTypes.junosWord(cause), door.refused(cause));
    }
    return ofEngine.withDoor(refused, door.cookiesRequested());
  }
}
