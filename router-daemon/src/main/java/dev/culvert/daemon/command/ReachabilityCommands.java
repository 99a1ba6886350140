package dev.culvert.daemon.command;

import dev.culvert.cli.protocol.Element;
import dev.culvert.core.net.InterfaceName;
import dev.culvert.core.notice.FileErrors;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code ping} and {@code traceroute}: Junos' options, carried out by the machine's programs. */
record ReachabilityCommands(HostPrograms programs) {
  /** What an address or a host name consists of; it never begins like an option. */
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9:][A-Za-z0-9:._-]{0,252}");

  private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,4}");
  private static final Pattern INTERFACE =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,14}(\\.[0-9]{1,5})?");

  /** An option, and what the program calls it. */
  private record Switch(List<String> words, @Nullable Pattern value) {
    static Switch flag(String... words) {
      return new Switch(List.of(words), null);
    }

    static Switch of(String word, Pattern value) {
      return new Switch(List.of(word), value);
    }
  }

  private static final Map<String, Switch> PING =
      Map.of(
          "count", Switch.of("-c", NUMBER),
          "size", Switch.of("-s", NUMBER),
          "interval", Switch.of("-i", NUMBER),
          "ttl", Switch.of("-t", NUMBER),
          "source", Switch.of("-I", HOST),
          "interface", Switch.of("-I", INTERFACE),
          "do-not-fragment", Switch.flag("-M", "do"),
          "no-resolve", Switch.flag("-n"),
          "inet", Switch.flag("-4"),
          "inet6", Switch.flag("-6"));

  private static final Map<String, Switch> TRACEROUTE =
      Map.of(
          "ttl", Switch.of("-m", NUMBER),
          "wait", Switch.of("-w", NUMBER),
          "source", Switch.of("-s", HOST),
          "interface", Switch.of("-i", INTERFACE),
          "no-resolve", Switch.flag("-n"),
          "inet", Switch.flag("-4"),
          "inet6", Switch.flag("-6"));

  List<Command> table() {
    return List.of(
        new Command(
            List.of("ping"),
            "Ping remote target",
            options(PING),
            false,
            c -> run(c, "ping", "iputils-ping", PING)),
        new Command(
            List.of("traceroute"),
            "Trace route to remote host",
            options(TRACEROUTE),
            false,
            c -> run(c, "traceroute", "traceroute", TRACEROUTE)));
  }

  private static List<String> options(Map<String, Switch> switches) {
    List<String> options = new ArrayList<>(List.of("<host>"));
    switches.forEach((name, s) ->
        options.add(
            s.value() == null
                ? name
                : name + (name.equals("interface") ? " <interface>" : " <value>")));
    return options.stream().sorted().toList();
  }

  private @Nullable String run(
      Call call, String program, String debianPackage, Map<String, Switch> switches) {
    List<String> command = new ArrayList<>(List.of(program));
    @Nullable String host = null;
    Iterator<String> words = call.arguments().iterator();
    while (words.hasNext()) {
      String word = words.next();
      Switch option = switches.get(word);
      if (option == null) {
        if (host != null || !HOST.matcher(word).matches()) {
          return "unexpected '" + word + "'";
        }
        host = word;
        continue;
      }
      command.addAll(option.words());
      Pattern value = option.value();
      if (value != null) {
        if (!words.hasNext()) {
          return "'" + word + "' needs a value";
        }
        String given = words.next();
        if (!value.matcher(given).matches()) {
          return "'" + given + "' is no value of '" + word + "'";
        }
        command.add(word.equals("interface") ? InterfaceName.of(given).device() : given);
      }
    }
    if (host == null) {
      return "name the host";
    }
    command.add("--");
    command.add(host);
    return answer(call, command, debianPackage);
  }

  private @Nullable String answer(Call call, List<String> command, String debianPackage) {
    List<String> gathered = new ArrayList<>();
    try {
      programs.run(
          command,
          line -> {
            if (call.elements()) {
              gathered.add(line);
            } else {
              call.answer().line(line);
              call.answer().flush();
            }
          },
          call.cancelled());
    } catch (IOException e) {
      return command.getFirst()
          + ": "
          + FileErrors.reason(e)
          + " (Debian's package "
          + debianPackage
          + " has it)";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
    if (call.elements()) {
      call.answer()
          .element(
              Element.builder(command.getFirst() + "-results")
                  .leaf("output", gathered.stream().collect(Collectors.joining("\n")))
                  .build());
    }
    return null;
  }
}
