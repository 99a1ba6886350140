package dev.culvert.tun.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A classic BPF program that the kernel runs on each packet that arrives: to keep it from a socket,
 * or to choose one socket of a group. It may be attached to any number of sockets.
 */
public final class SocketFilter {
  private static final int LOAD_WORD = 0x20; // BPF_LD | BPF_W | BPF_ABS
  private static final int LOAD_WORD_INDEXED = 0x40; // BPF_LD | BPF_W | BPF_IND
  private static final int LOAD_LENGTH = 0x80; // BPF_LD | BPF_W | BPF_LEN
  private static final int LOAD_X_CONSTANT = 0x01; // BPF_LDX | BPF_W | BPF_IMM
  private static final int LOAD_X_IP_HEADER_LENGTH = 0xB1; // BPF_LDX | BPF_B | BPF_MSH
  private static final int ADD = 0x04; // BPF_ALU | BPF_ADD | BPF_K
  private static final int SUBTRACT_X = 0x1C; // BPF_ALU | BPF_SUB | BPF_X
  private static final int MODULO = 0x94; // BPF_ALU | BPF_MOD | BPF_K
  private static final int JUMP_EQUAL = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  private static final int JUMP_AT_LEAST = 0x35; // BPF_JMP | BPF_JGE | BPF_K
  private static final int RETURN = 0x06; // BPF_RET | BPF_K
  private static final int RETURN_ACCUMULATOR = 0x16; // BPF_RET | BPF_A

  private static final int WHOLE_PACKET = -1;
  private static final int SPI_LENGTH = 4;

  /** {@code struct sock_filter} and {@code struct sock_fprog}. */
  private static final int INSTRUCTION_SIZE = 8;

  private static final int PROGRAM_SIZE = 16;

  private final List<Instruction> instructions;

  /** Jumps are forward, over so many of the instructions that follow. */
  private record Instruction(int code, int ifTrue, int ifFalse, int operand) {
    Instruction(int code, int operand) {
      this(code, 0, 0, operand);
    }
  }

  private SocketFilter(Instruction... instructions) {
    this.instructions = List.of(instructions);
  }

  /** Nothing is ever received. */
  public static SocketFilter nothing() {
    return new SocketFilter(new Instruction(RETURN, 0));
  }

  /**
   * For a group of UDP sockets: the index of the one that gets a datagram is {@code first} plus its
   * SPI modulo {@code queues}, or {@code first} if it is too short for an SPI. The kernel steps
   * over the UDP header before.
   */
  public static SocketFilter groupIndexBySpi(int first, int queues) {
    return new SocketFilter(
        new Instruction(LOAD_LENGTH, 0),
        new Instruction(JUMP_AT_LEAST, 0, 4, SPI_LENGTH),
        new Instruction(LOAD_WORD, 0),
        new Instruction(MODULO, queues),
        new Instruction(ADD, first),
        new Instruction(RETURN_ACCUMULATOR, 0),
        new Instruction(RETURN, first));
  }

  /**
   * For a raw ESP socket: only packets whose SPI modulo {@code queues} is {@code queue}. One too
   * short for an SPI goes by its length instead, so that it too reaches one socket and is counted.
   *
   * @param ipHeader the IP header comes first, as it does for IPv4 and not for IPv6
   */
  public static SocketFilter spiOfQueue(boolean ipHeader, int queues, int queue) {
    return new SocketFilter(
        new Instruction(ipHeader ? LOAD_X_IP_HEADER_LENGTH : LOAD_X_CONSTANT, 0),
        new Instruction(LOAD_LENGTH, 0),
        new Instruction(SUBTRACT_X, 0),
        new Instruction(JUMP_AT_LEAST, 0, 1, SPI_LENGTH),
        new Instruction(LOAD_WORD_INDEXED, 0),
        new Instruction(MODULO, queues),
        new Instruction(JUMP_EQUAL, 0, 1, queue),
        new Instruction(RETURN, WHOLE_PACKET),
        new Instruction(RETURN, 0));
  }

  /** The socket receives only what the program lets through. */
  public void attach(Descriptor socket) throws SystemCallException {
    attach(socket, Linux.SO_ATTACH_FILTER, "SO_ATTACH_FILTER");
  }

  /** The program chooses among the group of sockets that this one has joined by SO_REUSEPORT. */
  public void attachToGroupOf(Descriptor socket) throws SystemCallException {
    attach(socket, Linux.SO_ATTACH_REUSEPORT_CBPF, "SO_ATTACH_REUSEPORT_CBPF");
  }

  private void attach(Descriptor socket, int option, String name) throws SystemCallException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate((long) instructions.size() * INSTRUCTION_SIZE, 8);
      long at = 0;
      for (Instruction instruction : instructions) {
        code.set(ValueLayout.JAVA_SHORT, at, (short) instruction.code);
        code.set(ValueLayout.JAVA_BYTE, at + 2, (byte) instruction.ifTrue);
        code.set(ValueLayout.JAVA_BYTE, at + 3, (byte) instruction.ifFalse);
        code.set(ValueLayout.JAVA_INT, at + 4, instruction.operand);
        at += INSTRUCTION_SIZE;
      }
      MemorySegment program = arena.allocate(PROGRAM_SIZE, 8);
      program.set(ValueLayout.JAVA_SHORT, 0, (short) instructions.size());
      program.set(ValueLayout.ADDRESS, 8, code);
      socket.setOption(Linux.SOL_SOCKET, option, program, name);
    }
  }
}
