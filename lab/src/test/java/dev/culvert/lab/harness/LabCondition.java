package dev.culvert.lab.harness;

import dev.culvert.lab.net.HostCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Skips a {@link Lab} that this machine cannot run. */
final class LabCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> missing = new ArrayList<>();
    if (!"root".equals(System.getProperty("user.name"))) {
      missing.add("root");
    }
    if (!HostCommand.exists("ip")) {
      missing.add("iproute2");
    }
    context
        .getTestClass()
        .flatMap(test -> AnnotationSupport.findAnnotation(test, Lab.class))
        .ifPresent(lab -> {
          for (String program : lab.needs()) {
            if (!isInstalled(program)) {
              missing.add(program);
            }
          }
        });
    return missing.isEmpty()
        ? ConditionEvaluationResult.enabled("everything is here")
        : ConditionEvaluationResult.disabled("needs " + String.join(", ", missing));
  }

  /** FRR's and strongSwan's daemons are not on the PATH; they are named by their full path. */
  private static boolean isInstalled(String program) {
    return program.startsWith("/")
        ? Files.isExecutable(Path.of(program))
        : HostCommand.exists(program);
  }
}
