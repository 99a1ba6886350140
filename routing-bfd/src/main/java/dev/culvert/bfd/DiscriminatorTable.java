package dev.culvert.bfd;

import org.jspecify.annotations.Nullable;

/**
 * Sessions by the discriminator this router gave them: a hash table with linear probing, which
 * allocates only to grow. The discriminators are random, and so need no hashing; strangers cannot
 * choose them.
 */
final class DiscriminatorTable {
  private @Nullable Session[] slots = new @Nullable Session[16];
  private int size;

  @Nullable Session get(int discriminator) {
    int slot = home(discriminator, slots.length);
    while (true) {
      Session session = slots[slot];
      if (session == null || session.localDiscr == discriminator) {
        return session;
      }
      slot = next(slot);
    }
  }

  void add(Session session) {
    // Half of the slots stay empty: that is what ends a search.
    if (2 * (size + 1) > slots.length) {
      grow();
    }
    place(session);
    size++;
  }

  void remove(Session session) {
    int slot = home(session.localDiscr, slots.length);
    while (slots[slot] != session) {
      if (slots[slot] == null) {
        throw new IllegalStateException("no session of discriminator " + session.localDiscr);
      }
      slot = next(slot);
    }
    slots[slot] = null;
    size--;
    // Whoever stands behind may have been pushed there by it.
    for (int behind = next(slot); slots[behind] != null; behind = next(behind)) {
      Session pushed = slots[behind];
      slots[behind] = null;
      if (pushed != null) {
        place(pushed);
      }
    }
  }

  private void grow() {
    @Nullable Session[] before = slots;
    slots = new @Nullable Session[2 * before.length];
    for (Session session : before) {
      if (session != null) {
        place(session);
      }
    }
  }

  private void place(Session session) {
    int slot = home(session.localDiscr, slots.length);
    while (slots[slot] != null) {
      slot = next(slot);
    }
    slots[slot] = session;
  }

  private int next(int slot) {
    return (slot + 1) & (slots.length - 1);
  }

  private static int home(int discriminator, int slots) {
    return discriminator & (slots - 1);
  }
}
