package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.AnswerStream;
import dev.culvert.cli.protocol.Request;
import dev.culvert.core.net.IpAddress;
import dev.culvert.daemon.show.Page;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One command line on its way to what carries it out.
 *
 * @param arguments the words behind those of the command
 * @param cancelled turns true when the operator has lost interest
 */
record Call(
    Request request, AnswerStream answer, List<String> arguments, BooleanSupplier cancelled) {
  boolean elements() {
    return request.format() == Request.Format.ELEMENTS;
  }

  boolean has(String word) {
    return arguments.contains(word);
  }

  /** The first argument that is an address. */
  Optional<IpAddress> address() {
    return arguments.stream().flatMap(w -> IpAddress.parse(w).stream()).findFirst();
  }

  /** Answers with a page in the form asked for; null, as it succeeds. */
  @Nullable String page(Page page) {
    if (elements()) {
      answer.element(page.element());
    } else {
      page.lines().forEach(answer::line);
    }
    return null;
  }
}
