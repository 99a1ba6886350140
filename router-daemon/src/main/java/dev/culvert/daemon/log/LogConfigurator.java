package dev.culvert.daemon.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.hook.DefaultShutdownHook;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;

/**
 * Where the router's log goes: to standard error, which the journal or whoever started the router
 * takes. In code, as a file of XML would take a fifth of a second of every start; who wants another
 * log names such a file by {@code -Dlogback.configurationFile}.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_TOP_PRIORITY)
public final class LogConfigurator extends ContextAwareBase implements Configurator {
  private static final String PATTERN =
      "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %logger{0} %msg%n%rEx";
  private static final int QUEUE_SIZE = 8192;

  @Override
  public ExecutionStatus configure(LoggerContext log) {
    String file = System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY);
    if (file != null && Files.isReadable(Path.of(file))) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    AsyncAppender appender = async(log, standardError(log));
    log.getLogger("io.netty").setLevel(Level.WARN);
    ch.qos.logback.classic.Logger root = log.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.INFO);
    root.addAppender(appender);
    writeWhatWaitsAtTheEnd(log);
    if (file != null) {
      log.getLogger(LogConfigurator.class).warn("LOG_CONFIGURATION_NOT_READABLE file={}", file);
    }
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  private static ConsoleAppender<ILoggingEvent> standardError(LoggerContext log) {
    boolean journal =
        JournalLayout.isJournal(System.getenv("JOURNAL_STREAM"), Path.of("/proc/self/fd/2"));
    PatternLayout layout = journal ? new JournalLayout() : new PatternLayout();
    if (!journal) {
      layout.setPattern(PATTERN);
    }
    layout.setContext(log);
    layout.start();
    LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
    encoder.setContext(log);
    encoder.setLayout(layout);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(log);
    appender.setName("stderr");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }

  /** No thread of the router waits for whoever reads the lines: rather than that, some are lost. */
  private static AsyncAppender async(LoggerContext log, ConsoleAppender<ILoggingEvent> lines) {
    AsyncAppender appender = new AsyncAppender();
    appender.setContext(log);
    appender.setName("async");
    appender.setQueueSize(QUEUE_SIZE);
    appender.setDiscardingThreshold(0);
    appender.setNeverBlock(true);
    appender.addAppender(lines);
    appender.start();
    return appender;
  }

  private static void writeWhatWaitsAtTheEnd(LoggerContext log) {
    DefaultShutdownHook hook = new DefaultShutdownHook();
    hook.setContext(log);
    Runtime.getRuntime().addShutdownHook(new Thread(hook, "log-shutdown"));
  }
}
