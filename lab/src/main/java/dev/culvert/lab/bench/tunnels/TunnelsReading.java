package dev.culvert.lab.bench.tunnels;

/**
 * What so many tunnels cost.
 *
 * @param upSeconds from the start of both programs until all tunnels are up at both
 * @param upAfterReadySeconds the same from when both routers were ready
 * @param upCpuA processor time that gateway A took until then, in seconds: however busy the machine
 * @param memoryA of gateway A, when it had been left alone for a while
 * @param idlePercentA share of one processor that gateway A takes when nothing is to be done
 * @param againSecondsA from kill -9 of gateway A, started again at once, until all are up at both
 * @param carrySecondsA the same until a ping has been answered through each tunnel
 */
public record TunnelsReading(
    int tunnels,
    double upSeconds,
    double upAfterReadySeconds,
    double upCpuA,
    double upCpuB,
    ProcessMemory memoryA,
    ProcessMemory memoryB,
    double idlePercentA,
    double idlePercentB,
    double againSecondsA,
    double carrySecondsA,
    double againSecondsB,
    double carrySecondsB) {}
