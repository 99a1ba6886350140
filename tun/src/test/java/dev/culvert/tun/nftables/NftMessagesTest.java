package dev.culvert.tun.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.culvert.core.wire.Decoded;
import dev.culvert.core.wire.Octets;
import dev.culvert.core.wire.WireReader;
import dev.culvert.tun.netlink.NetlinkWriter;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The codec against annotated bytes, as a little-endian Linux 6 writes and reads them. */
class NftMessagesTest {
  private static final String COUNTER =
      """
      01 00 0001                             NFPROTO_INET, version 0, generation 1
      0c00 0100 63756c7665727400             NFTA_OBJ_TABLE culvert
      0700 0200 63310000                     NFTA_OBJ_NAME c1
      0800 0300 00000001                     NFTA_OBJ_TYPE NFT_OBJECT_COUNTER
      0800 0500 00000001                     NFTA_OBJ_USE 1
      1c00 0480                              NFTA_OBJ_DATA, nested
      0c00 0100 000000000000012c             NFTA_COUNTER_BYTES 300
      0c00 0200 0000000000000003             NFTA_COUNTER_PACKETS 3
      0c00 0600 0000000000000002             NFTA_OBJ_HANDLE 2
      """;

  private static final String GENERATION =
      """
      00 00 0004                             NFPROTO_UNSPEC, version 0, generation 4
      0800 0100 00000004                     NFTA_GEN_ID 4
      0800 0200 000010e1                     NFTA_GEN_PROC_PID 4321
      0800 0300 6e667400                     NFTA_GEN_PROC_NAME nft
      """;

  @BeforeAll
  static void theBytesHereAreLittleEndian() {
    assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void aCounterIsDecoded() {
    assertThat(NftMessages.decodeCounter(reader(COUNTER)))
        .isEqualTo(new Decoded.Ok<>(new NftCounter("c1", 3, 300)));
  }

  @Test
  void anObjectOfAnotherKindIsNoCounter() {
    assertThat(
            NftMessages.decodeCounter(reader(COUNTER.replace("00000001      ", "00000002      "))))
        .isInstanceOf(Decoded.Malformed.class);
  }

  @Test
  void theEndOfATransactionSaysWhoAskedForIt() {
    assertThat(NftMessages.decodeGeneration(reader(GENERATION)))
        .isEqualTo(new Decoded.Ok<>(new NftMessages.Generation(4, 4321, "nft")));
  }

  @Test
  void theTableIsThatOfBothFamiliesOrNone() {
    assertThat(NftMessages.table(reader(COUNTER))).isEqualTo("culvert");
    assertThat(NftMessages.table(reader(COUNTER.replaceFirst("01 00", "02 00")))).isNull();
    assertThat(NftMessages.table(reader(GENERATION))).isNull();
  }

  @Test
  void theRequestForCountersNamesTableAndKind() {
    NetlinkWriter out = new NetlinkWriter();
    NftMessages.encodeDumpCounters(out, 7, "culvert");
    assertThat(Octets.wrap(out.toByteArray()))
        .isEqualTo(
            octets(
                """
                28000000 130a 0103 07000000 00000000   length 40, NFT_MSG_GETOBJ, DUMP|REQUEST
                01 00 0000                             NFPROTO_INET
                0c00 0100 63756c7665727400             NFTA_OBJ_TABLE culvert
                0800 0300 00000001                     NFTA_OBJ_TYPE NFT_OBJECT_COUNTER
                """));
  }

  @Test
  void whateverIsWrongWithAMessageNothingIsThrown() {
    Random random = new Random(9);
    for (String message : new String[] {COUNTER, GENERATION}) {
      byte[] whole = octets(message).toByteArray();
      for (int length = 0; length <= whole.length; length++) {
        decode(Octets.copyOf(whole).slice(0, length));
      }
      for (int i = 0; i < 20_000; i++) {
        byte[] odd = whole.clone();
        for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
          odd[random.nextInt(odd.length)] = (byte) random.nextInt();
        }
        decode(Octets.wrap(odd));
      }
    }
  }

  private static void decode(Octets message) {
    NftMessages.decodeCounter(message.reader());
    NftMessages.decodeGeneration(message.reader());
    NftMessages.table(message.reader());
  }

  private static WireReader reader(String hex) {
    return octets(hex).reader();
  }

  private static Octets octets(String hex) {
    return Octets.ofHex(hex.replaceAll("   .*", ""));
  }
}
