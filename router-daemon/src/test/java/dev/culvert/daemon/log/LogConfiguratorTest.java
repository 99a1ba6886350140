package dev.culvert.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.Configurator.ExecutionStatus;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_ERR)
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class LogConfiguratorTest {
  private final PrintStream standardError = System.err;
  private final LoggerContext log = new LoggerContext();

  @BeforeEach
  void asLogbackMakesOne() {
    log.setMDCAdapter(new LogbackMDCAdapter());
  }

  @AfterEach
  void restore() {
    log.stop();
    System.setErr(standardError);
    System.clearProperty(ClassicConstants.CONFIG_FILE_PROPERTY);
  }

  @Test
  void logbackFindsIt() {
    assertThat(ServiceLoader.load(Configurator.class))
        .hasAtLeastOneElementOfType(LogConfigurator.class);
  }

  @Test
  void aLineHasTimeLevelSourceAndMessage() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));

    assertThat(new LogConfigurator().configure(log))
        .isEqualTo(ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY);
    log.getLogger("dev.culvert.daemon.Main").info("SYSTEM_READY host-name={}", "hub");
    log.getLogger("dev.culvert.daemon.Main").debug("not for operators");
    log.getLogger("io.netty.util.Anything").info("nor this");
    log.stop();

    assertThat(written.toString(StandardCharsets.UTF_8))
        .matches(
            "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}(Z|[+-]\\d\\d:\\d\\d) INFO  Main"
                + " SYSTEM_READY host-name=hub\\R");
  }

  @Test
  void aLineForTheJournalHasItsPriorityAndAStackTraceOnEveryLine() {
    JournalLayout layout = new JournalLayout();
    layout.setContext(log);
    layout.start();
    LoggingEvent event =
        new LoggingEvent(
            "",
            log.getLogger("dev.culvert.daemon.Main"),
            Level.WARN,
            "ODD",
            new IllegalStateException("x"),
            null);

    assertThat(layout.doLayout(event).lines().toList())
        .hasSizeGreaterThan(2)
        .allSatisfy(line -> assertThat(line).startsWith("<4>"))
        .startsWith("<4>WARN  Main ODD");
    assertThat(
            layout.doLayout(
                new LoggingEvent("", log.getLogger("x"), Level.ERROR, "BAD", null, null)))
        .isEqualTo("<3>ERROR x BAD" + System.lineSeparator());
  }

  @Test
  void theJournalIsKnownByItsDeviceAndInode(@TempDir Path folder) throws IOException {
    Path stream = Files.createFile(folder.resolve("stream"));
    String named =
        Files.getAttribute(stream, "unix:dev") + ":" + Files.getAttribute(stream, "unix:ino");

    assertThat(JournalLayout.isJournal(named, stream)).isTrue();
    assertThat(JournalLayout.isJournal(named, folder)).isFalse();
    assertThat(JournalLayout.isJournal(null, stream)).isFalse();
    assertThat(JournalLayout.isJournal(named, folder.resolve("none"))).isFalse();
  }

  @Test
  void noThreadOfTheRouterWaitsForItsLines() {
    new LogConfigurator().configure(log);

    assertThat(log.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("async"))
        .isInstanceOfSatisfying(
            AsyncAppender.class, async -> assertThat(async.isNeverBlock()).isTrue());
    assertThat(log.getLogger(Logger.ROOT_LOGGER_NAME).getLevel()).isEqualTo(Level.INFO);
  }

  @Test
  void aFileOfTheOperatorsComesFirst(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("log.xml"), "<configuration/>");
    System.setProperty(ClassicConstants.CONFIG_FILE_PROPERTY, file.toString());

    assertThat(new LogConfigurator().configure(log)).isEqualTo(ExecutionStatus.INVOKE_NEXT_IF_ANY);
    assertThat(log.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders()).isExhausted();
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
    System.setProperty(ClassicConstants.CONFIG_FILE_PROPERTY, "/nowhere/log.xml");

    new LogConfigurator().configure(log);
    log.stop();

    assertThat(written.toString(StandardCharsets.UTF_8))
        .contains("LOG_CONFIGURATION_NOT_READABLE file=/nowhere/log.xml");
  }
}
