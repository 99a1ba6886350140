package dev.culvert.ipsec.forwarding;

import dev.culvert.ipsec.esp.AeadProvider;
import dev.culvert.ipsec.esp.JceAeadProvider;

/** All of it without libcrypto. */
class OutboundPipelineSunJceTest extends OutboundPipelineTest {
  @Override
  AeadProvider aead() {
    return new JceAeadProvider();
  }
}
