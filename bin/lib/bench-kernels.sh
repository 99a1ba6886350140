# bin/bench kernels [--docs] [JMH OPTIONS] [PATTERN ...]: micro-benchmarks of the data path and the
# tables (JMH). Sourced by bin/bench after launch.sh. With no arguments every benchmark runs, for
# about fifteen minutes. Results also go to target/kernels/results.json; --docs makes them
# docs/kernels.md.

bench_kernels() {
  local out=$CULVERT_HOME/target/kernels
  find_jdk
  command -v mvn >/dev/null || die "needs Maven: install it (Debian: apt-get install maven)"
  mkdir -p "$out"
  say "building the benchmarks (log: $out/build.log)"
  rm -rf "$out/lib"
  if ! (cd "$CULVERT_HOME" && JAVA_HOME=$JDK mvn -B -Pkernels -pl kernels -am -Dmaven.test.skip=true \
    -DincludeScope=runtime -DoutputDirectory="$out/lib" package "$COPY_DEPENDENCIES" 2>&1 </dev/null) >"$out/build.log"; then
    grep -F '[ERROR]' "$out/build.log" | head -n 20 >&2
    die "the build failed; all of it is in $out/build.log"
  fi
  cp "$CULVERT_HOME"/kernels/target/kernels-*.jar "$out/lib/" || die "the build left no benchmarks"
  exec "$JDK/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dculvert.home="$CULVERT_HOME" -cp "$out/lib/*" dev.culvert.kernels.Kernels \
    "$out/results.json" "$@"
}
