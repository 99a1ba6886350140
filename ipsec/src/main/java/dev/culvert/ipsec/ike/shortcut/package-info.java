/**
 * Shortcuts: two who talk through one of us are told of each other, and build a tunnel of their own
 * (RFC 7018; {@code advpn}).
 *
 * <p>In IKE_AUTH each side says whether it suggests shortcuts or builds them. The data path of the
 * <b>suggester</b> notices packets that come by one such peer and leave by another ({@link
 * dev.culvert.ipsec.sa.SaNotice.PeersTalk}). When that lasts, {@link
 * dev.culvert.ipsec.ike.shortcut.ShortcutSuggester} has routing say which prefixes the two
 * addresses are of, and suggests:
 *
 * <pre>
 *   partner R                       suggester                        partner I
 *      |  INFORMATIONAL suggestion      |                                |
 *      |&lt;-------------------------------|                                |
 *      |  accepted                      |                                |
 *      |-------------------------------&gt;|  INFORMATIONAL suggestion      |
 *      |                                |-------------------------------&gt;|
 *      |                                |                      accepted  |
 *      |                                |&lt;-------------------------------|
 *      |                IKE_SA_INIT, port 4500 to port 4500              |
 *      |&lt;----------------------------------------------------------------|
 * </pre>
 *
 * <p>R is asked first, so that it knows of I when I calls; it is one without a NAT in front of it,
 * if there is one. If both are behind a NAT, R begins as well: what it sends opens its NAT for I,
 * and of two IKE SAs the two keep one, as ever. A NAT that gives a port of its own for each
 * destination cannot be passed so, and one that answers in the place of who is behind it; two
 * behind the same NAT are not told.
 *
 * <p>A suggestion holds a fresh secret, good for one shortcut and for seconds; names that nobody
 * else has, by which the two know each other; where each is seen; and the prefixes on both sides,
 * which become the traffic selectors. The two hold to the proposals that they have for the
 * suggester.
 *
 * <p>On a <b>partner</b> ({@link dev.culvert.ipsec.ike.shortcut.ShortcutPartner}) a shortcut is a
 * tunnel like any other, of the suggester's gateway, but for this: the data path has its pairs
 * among those of the suggester, where they take what their selectors admit ({@link
 * dev.culvert.ipsec.sa.ChildSa.Path#SHORTCUT}). No route, next hop or interface changes, whatever
 * the routing protocol; what goes to the partner's prefixes changes over with one snapshot, and
 * back likewise. Nothing is lost on the way in, as a side sends by the shortcut only when it knows
 * that the other receives: the initiator by the response to its IKE_AUTH, the responder by any sign
 * on it. Nor on the way out: who ends a shortcut sends the old way at once and goes on receiving,
 * until the other has heard of it. If the other is gone, or the path between them, dead peer
 * detection that is quick while packets go out ends it.
 *
 * <p>An IKE SA that ends is not made again: the suggester sees what passes it, and suggests anew,
 * at growing intervals while nothing comes of it.
 */
@NullMarked
package dev.culvert.ipsec.ike.shortcut;

import org.jspecify.annotations.NullMarked;
