package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.JceAeadProvider;

/** All of it without libcrypto. */
class InboundPipelineSunJceTest extends InboundPipelineTest {
  @Override
  AeadProvider aead() {
    return new JceAeadProvider();
  }
}
