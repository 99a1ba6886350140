package dev.culvert.cli.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class DocumentTest {
  private static final long SEED = 42L;

  private static final Element ROUTES =
      Element.of(
          "route-information",
          Element.of(
              "route-table",
              Element.leaf("table-name", "inet.0"),
              Element.of(
                  "rt",
                  Element.leaf("rt-destination", "0.0.0.0/0"),
                  Element.of(
                      "rt-entry",
                      Element.builder("age").attribute("junos:seconds", "61").text("1:01").build(),
                      Element.empty("current-active"),
                      Element.of("nh", Element.leaf("to", "10.0.0.1")),
                      Element.of("nh", Element.leaf("to", "10.0.0.2"))))));

  @Test
  void jsonHasJunosShapeEveryElementAnArray() {
    assertThat(ROUTES.toJson())
        .isEqualTo(
            """
            {
                "route-information":[
                    {
                        "route-table":[
                            {
                                "table-name":[{"data":"inet.0"}],
                                "rt":[
                                    {
                                        "rt-destination":[{"data":"0.0.0.0/0"}],
                                        "rt-entry":[
                                            {
                                                "age":[{"attributes":{"junos:seconds":"61"},"data":"1:01"}],
                                                "current-active":[{"data":[null]}],
                                                "nh":[
                                                    {
                                                        "to":[{"data":"10.0.0.1"}]
                                                    },
                                                    {
                                                        "to":[{"data":"10.0.0.2"}]
                                                    }
                                                ]
                                            }
                                        ]
                                    }
                                ]
                            }
                        ]
                    }
                ]
            }
            """);
  }

  @Test
  void xmlIsAnRpcReply() {
    assertThat(ROUTES.toXml())
        .isEqualTo(
            """
            <rpc-reply xmlns:junos="http://xml.juniper.net/junos/24.4R1/junos">
                <route-information>
                    <route-table>
                        <table-name>inet.0</table-name>
                        <rt>
                            <rt-destination>0.0.0.0/0</rt-destination>
                            <rt-entry>
                                <age junos:seconds="61">1:01</age>
                                <current-active/>
                                <nh>
                                    <to>10.0.0.1</to>
                                </nh>
                                <nh>
                                    <to>10.0.0.2</to>
                                </nh>
                            </rt-entry>
                        </rt>
                    </route-table>
                </route-information>
            </rpc-reply>
            """);
  }

  @Test
  void systemStatusIsAPlainObjectForScripts() {
    assertThat(Element.of("system-status", Element.leaf("state", "ready")).toJson())
        .isEqualTo(
            """
            {
                "system-status":{
                    "state":"ready"
                }
            }
            """);
  }

  @Test
  void aConfigurationIsPlainAndItsNamedEntriesAreLists() {
    Element configuration =
        Element.of(
            "configuration",
            Element.of("system", Element.leaf("host-name", "branch")),
            Element.of(
                "interfaces",
                Element.of(
                    "interface",
                    Element.leaf("name", "st0"),
                    Element.of("unit", Element.leaf("name", "0"), Element.empty("multipoint")))));
    assertThat(JsonParser.parseString(configuration.toJson()))
        .isEqualTo(
            JsonParser.parseString(
                """
                {"configuration":{
                  "system":{"host-name":"branch"},
                  "interfaces":{"interface":[
                    {"name":"st0","unit":[{"name":"0","multipoint":[null]}]}]}}}
                """));
  }

  @Test
  void anyTreeIsWellFormedJsonAndXmlAndLosesNoElement() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 300; round++) {
      Element tree = Element.of("top", FrameCodecTest.element(random, 0));
      String label = "seed " + SEED + " round " + round;
      JsonObject json = JsonParser.parseString(tree.toJson()).getAsJsonObject();
      assertThat(countJson(json) - 1).as(label).isEqualTo(count(tree) - 1);
      assertThat(parseXml(tree.toXml()).getElementsByTagName("*").getLength())
          .as(label)
          .isEqualTo(count(tree) + 1);
    }
  }

  @Test
  void aDocumentWrittenPieceByPieceIsTheSameData() {
    List<String> lines = new ArrayList<>();
    JsonDocumentWriter writer = new JsonDocumentWriter(lines::add);
    Element table = ROUTES.children().getFirst();
    writer.open(Element.empty("route-information"));
    writer.open(Element.empty("route-table"));
    table.children().forEach(writer::element);
    writer.end();
    assertThat(JsonParser.parseString(String.join("\n", lines)))
        .isEqualTo(JsonParser.parseString(ROUTES.toJson()));
  }

  @Test
  void surplusClosesAreIgnored() {
    List<String> lines = new ArrayList<>();
    JsonDocumentWriter json = new JsonDocumentWriter(lines::add);
    json.close();
    json.element(Element.leaf("a", "b"));
    json.close();
    json.end();
    assertThatCode(() -> JsonParser.parseString(String.join("\n", lines)))
        .doesNotThrowAnyException();
  }

  @Test
  void namesAreChecked() {
    for (String name : List.of("", "1a", "a b", "a<", "-a", "ä")) {
      assertThatThrownBy(() -> Element.leaf(name, "x"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static int count(Element element) {
    return 1 + element.children().stream().mapToInt(DocumentTest::count).sum();
  }

  /** Entries of arrays are elements, except the null inside {@code "data":[null]}. */
  private static int countJson(JsonElement json) {
    int count = 0;
    if (json instanceof JsonObject object) {
      for (String key : object.keySet()) {
        if (!key.equals("data") && !key.equals("attributes")) {
          JsonArray array = object.getAsJsonArray(key);
          count += array.size();
          for (JsonElement entry : array) {
            count += countJson(entry);
          }
        }
      }
    }
    return count;
  }

  private static Document parseXml(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(xml)));
  }
}
