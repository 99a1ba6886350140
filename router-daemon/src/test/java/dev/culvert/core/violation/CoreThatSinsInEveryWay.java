package dev.culvert.core.violation;

import dev.culvert.daemon.Main;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import jnr.posix.POSIXFactory;
import org.bouncycastle.util.Arrays;
import org.jline.utils.AttributedString;
import picocli.CommandLine;

/** Breaks the rules of the architecture, so that the test of the rules has something to catch. */
public final class CoreThatSinsInEveryWay {
  /** Never called. */
  List<Object> sins() {
    return List.of(
        Main.class,
        Path.of("/"),
        Thread.currentThread(),
        Instant.now(),
        Math.random(),
        Unpooled.EMPTY_BUFFER,
        new SimpleMeterRegistry(),
        Arrays.reverse(new byte[1]),
        AttributedString.EMPTY,
        CommandLine.Help.Ansi.AUTO,
        POSIXFactory.getPOSIX());
  }
}
