package dev.culvert.daemon.process;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the heap as small as the router's work allows, by {@link HeapPolicy}: the hard bound has to
 * hold a full BGP table, and a collector that is given all of it lets garbage pile up to there. On
 * a thread of its own, which may wait for a collection.
 */
public final class HeapKeeper {
  private static final Logger LOG = LoggerFactory.getLogger(HeapKeeper.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final String SOFT_MAX = "SoftMaxHeapSize";

  /** Those that collect beside the router. To ask others for a collection would stop it. */
  private static final List<String> CONCURRENT = List.of("UseZGC", "UseShenandoahGC");

  private final HotSpotDiagnosticMXBean virtualMachine;
  private final List<MemoryPoolMXBean> pools;
  private final HeapPolicy policy;

  private HeapKeeper(HotSpotDiagnosticMXBean virtualMachine) {
    this.virtualMachine = virtualMachine;
    this.pools =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
    this.policy =
        new HeapPolicy(
            Long.parseLong(virtualMachine.getVMOption(SOFT_MAX).getValue()),
            Runtime.getRuntime().maxMemory());
  }

  /** Begins, where the JVM's collector is one that this makes sense with. */
  public static void start() {
    Thread.ofPlatform().daemon().name("heap-keeper").start(HeapKeeper::keep);
  }

  private static void keep() {
    HotSpotDiagnosticMXBean virtualMachine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    if (virtualMachine == null || !collectsConcurrently(virtualMachine)) {
      return;
    }
    HeapKeeper keeper = new HeapKeeper(virtualMachine);
    try {
      while (true) {
        Thread.sleep(PERIOD);
        keeper.look();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("HEAP_KEEPER_FAULT", e);
    }
  }

  private static boolean collectsConcurrently(HotSpotDiagnosticMXBean virtualMachine) {
    return virtualMachine.getDiagnosticOptions().stream()
            .anyMatch(o -> o.getName().equals(SOFT_MAX))
        && CONCURRENT.stream().anyMatch(name -> isOn(virtualMachine, name));
  }

  private static boolean isOn(HotSpotDiagnosticMXBean virtualMachine, String name) {
    try {
      VMOption option = virtualMachine.getVMOption(name);
      return Boolean.parseBoolean(option.getValue());
    } catch (IllegalArgumentException e) {
      // A JVM that was built without that collector.
      return false;
    }
  }

  private void look() {
    long live = 0;
    long used = 0;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage afterCollection = pool.getCollectionUsage();
      live += afterCollection == null ? 0 : afterCollection.getUsed();
      used += pool.getUsage().getUsed();
    }
    HeapPolicy.Decision decision = policy.look(live, used);
    if (decision.changed()) {
      virtualMachine.setVMOption(SOFT_MAX, Long.toString(decision.softMax()));
    }
    if (decision.collect()) {
      System.gc();
    }
  }
}
