package dev.culvert.lab.harness;

import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class over real kernels and peers. Runs in {@code bin/test} where this process is root and
 * the named programs are installed; otherwise it is skipped and says what is missing. Two classes
 * run at once there, but for those with the tag "alone", which load the machine or count what is
 * lost on one with nothing else to do.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Tag("lab")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
@ExtendWith(LabCondition.class)
public @interface Lab {

  /** Programs without which the lab makes no sense, such as {@code bird}. */
  String[] needs() default {};
}
