package dev.culvert.tun.nftables;

import static dev.culvert.tun.netlink.NetfilterHeader.SUBSYSTEM_NFTABLES;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.netlink.Acknowledgment;
import dev.culvert.tun.netlink.NetfilterHeader;
import dev.culvert.tun.netlink.Netlink;
import dev.culvert.tun.netlink.NetlinkMessage;
import dev.culvert.tun.netlink.NetlinkWriter;
import org.jspecify.annotations.Nullable;

/** The few messages of nf_tables that are read and written without nftables' library. */
final class NftMessages {
  /** NFNLGRP_NFTABLES. */
  static final int GROUP = 7;

  static final int NFT_MSG_NEWTABLE = 0;
  static final int NFT_MSG_GETTABLE = 1;
  static final int NFT_MSG_DELTABLE = 2;
  static final int NFT_MSG_GETCHAIN = 4;
  static final int NFT_MSG_GETSET = 10;
  static final int NFT_MSG_NEWGEN = 15;
  static final int NFT_MSG_GETGEN = 16;
  static final int NFT_MSG_NEWOBJ = 18;
  static final int NFT_MSG_GETOBJ = 19;

  /** The name of the table is the first attribute of all that belongs to one. */
  private static final int NFTA_TABLE = 1;

  private static final int NFTA_OBJ_NAME = 2;
  private static final int NFTA_OBJ_TYPE = 3;
  private static final int NFTA_OBJ_DATA = 4;
  static final int NFT_OBJECT_COUNTER = 1;
  static final int NFT_OBJECT_CT_HELPER = 3;

  /** A flag of sets: it belongs to a rule. */
  static final int NFT_SET_ANONYMOUS = 0x1;

  private static final int NFTA_CHAIN_NAME = 3;
  private static final int NFTA_SET_NAME = 2;
  private static final int NFTA_SET_FLAGS = 3;
  private static final int NFTA_COUNTER_BYTES = 1;
  private static final int NFTA_COUNTER_PACKETS = 2;

  private static final int NFTA_GEN_ID = 1;
  private static final int NFTA_GEN_PROC_PID = 2;
  private static final int NFTA_GEN_PROC_NAME = 3;

  private NftMessages() {}

  /**
   * NFT_MSG_NEWGEN: the end of a transaction.
   *
   * @param id one more than that of the transaction before
   * @param pid of the thread that asked for it, as the machine's first namespace counts
   * @param process the name of that thread
   */
  record Generation(int id, int pid, String process) {}

  static int type(int message) {
    return NetfilterHeader.type(SUBSYSTEM_NFTABLES, message);
  }

  static void encodeGetGeneration(NetlinkWriter out, int sequence) {
    out.begin(type(NFT_MSG_GETGEN), Netlink.NLM_F_ACK, sequence);
    new NetfilterHeader(0, 0).encode(out);
    out.end();
  }

  static Decoded<Generation> decodeGeneration(WireReader in) {
    NetfilterHeader.decode(in);
    int[] numbers = new int[2];
    String[] process = {""};
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case NFTA_GEN_ID -> numbers[0] = value.u32("NFTA_GEN_ID");
            case NFTA_GEN_PROC_PID -> numbers[1] = value.u32("NFTA_GEN_PROC_PID");
            case NFTA_GEN_PROC_NAME -> process[0] = Acknowledgment.text(value);
            default -> {
              // Of a later kernel.
            }
          }
        });
    return in.finish(() -> new Generation(numbers[0], numbers[1], process[0]));
  }

  static void encodeGetTable(NetlinkWriter out, int sequence, String table) {
    out.begin(type(NFT_MSG_GETTABLE), Netlink.NLM_F_ACK, sequence);
    new NetfilterHeader(NetfilterHeader.FAMILY_INET, 0).encode(out);
    out.attribute(NFTA_TABLE, table);
    out.end();
  }

  /** All named counters of a table. */
  static void encodeDumpCounters(NetlinkWriter out, int sequence, String table) {
    out.begin(type(NFT_MSG_GETOBJ), Netlink.NLM_F_DUMP, sequence);
    new NetfilterHeader(NetfilterHeader.FAMILY_INET, 0).encode(out);
    out.attribute(NFTA_TABLE, table);
    out.attribute(NFTA_OBJ_TYPE, new byte[] {0, 0, 0, NFT_OBJECT_COUNTER});
    out.end();
  }

  /** All of a kind; where the kernel lists those of other tables too, they tell their own. */
  static void encodeDump(NetlinkWriter out, int sequence, int message, String table) {
    out.begin(type(message), Netlink.NLM_F_DUMP, sequence);
    new NetfilterHeader(NetfilterHeader.FAMILY_INET, 0).encode(out);
    out.attribute(NFTA_TABLE, table);
    out.end();
  }

  /**
   * Something of a table.
   *
   * @param kind type of an object, flags of a set, 0 of a chain
   */
  record Named(String table, String name, int kind) {}

  /** NFT_MSG_NEWCHAIN. */
  static Decoded<Named> decodeChain(WireReader in) {
    return decodeNamed(in, NFTA_CHAIN_NAME, 0);
  }

  /** NFT_MSG_NEWSET. */
  static Decoded<Named> decodeSet(WireReader in) {
    return decodeNamed(in, NFTA_SET_NAME, NFTA_SET_FLAGS);
  }

  /** NFT_MSG_NEWOBJ. */
  static Decoded<Named> decodeObject(WireReader in) {
    return decodeNamed(in, NFTA_OBJ_NAME, NFTA_OBJ_TYPE);
  }

  private static Decoded<Named> decodeNamed(WireReader in, int nameType, int kindType) {
    NetfilterHeader.decode(in);
    String[] names = {"", ""};
    int[] kind = new int[1];
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          if (type == NFTA_TABLE) {
            names[0] = Acknowledgment.text(value);
          } else if (type == nameType) {
            names[1] = Acknowledgment.text(value);
          } else if (type == kindType) {
            kind[0] = value.u32("kind");
          }
        });
    return in.finish(() -> new Named(names[0], names[1], kind[0]));
  }

  /** NFT_MSG_NEWOBJ of a counter. */
  static Decoded<NftCounter> decodeCounter(WireReader in) {
    NetfilterHeader.decode(in);
    long[] numbers = new long[3];
    String[] name = {""};
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case NFTA_OBJ_NAME -> name[0] = Acknowledgment.text(value);
            case NFTA_OBJ_TYPE -> numbers[0] = value.u32("NFTA_OBJ_TYPE");
            case NFTA_OBJ_DATA -> decodeCounterData(value, numbers);
            default -> {
              // Table, handle, use.
            }
          }
        });
    in.require(numbers[0] == NFT_OBJECT_COUNTER, "NFTA_OBJ_TYPE", "is no counter");
    return in.finish(() -> new NftCounter(name[0], numbers[1], numbers[2]));
  }

  private static void decodeCounterData(WireReader in, long[] numbers) {
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          switch (type) {
            case NFTA_COUNTER_PACKETS -> numbers[1] = value.u64("NFTA_COUNTER_PACKETS");
            case NFTA_COUNTER_BYTES -> numbers[2] = value.u64("NFTA_COUNTER_BYTES");
            default -> {
              // Padding.
            }
          }
        });
  }

  /** The table of both families that a message of this subsystem belongs to; null for others. */
  static @Nullable String table(WireReader in) {
    NetfilterHeader header = NetfilterHeader.decode(in);
    if (header.family() != NetfilterHeader.FAMILY_INET) {
      return null;
    }
    String[] table = {null};
    NetlinkMessage.attributes(
        in,
        (type, value) -> {
          if (type == NFTA_TABLE) {
            table[0] = Acknowledgment.text(value);
          }
        });
    return in.isPoisoned() ? null : table[0];
  }
}
