package dev.culvert.bfd;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Sessions by their next deadline, earliest first: a binary heap that allocates only to grow. */
final class SessionHeap {
  private @Nullable Session[] heap = new @Nullable Session[16];
  private int size;

  @Nullable Session first() {
    return heap[0];
  }

  /** Whether a session's detection time is over. */
  boolean isExpiring(long now) {
    return isExpiring(0, now);
  }

  /** What lies below a session is due no sooner than it. */
  private boolean isExpiring(int index, long now) {
    if (index >= size || at(index).deadline() > now) {
      return false;
    }
    return at(index).detectionExpiresAt <= now
        || isExpiring(2 * index + 1, now)
        || isExpiring(2 * index + 2, now);
  }

  /** Puts the session where its deadline belongs, whether it is in the heap or not. */
  void update(Session session) {
    if (session.heapIndex < 0) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      place(session, size++);
    }
    int index = session.heapIndex;
    siftDown(session, siftUp(session, index));
  }

  void remove(Session session) {
    int hole = session.heapIndex;
    session.heapIndex = -1;
    Session last = at(--size);
    heap[size] = null;
    if (last != session) {
      place(last, hole);
      siftDown(last, siftUp(last, hole));
    }
  }

  private int siftUp(Session session, int from) {
    int index = from;
    while (index > 0) {
      Session parent = at((index - 1) / 2);
      if (parent.deadline() <= session.deadline()) {
        break;
      }
      place(parent, index);
      index = (index - 1) / 2;
    }
    place(session, index);
    return index;
  }

  private void siftDown(Session session, int from) {
    int index = from;
    while (2 * index + 1 < size) {
      int child = 2 * index + 1;
      if (child + 1 < size && at(child + 1).deadline() < at(child).deadline()) {
        child++;
      }
      if (session.deadline() <= at(child).deadline()) {
        break;
      }
      place(at(child), index);
      index = child;
    }
    place(session, index);
  }

  private Session at(int index) {
    Session session = heap[index];
    if (session == null) {
      throw new IllegalStateException("hole in the heap at " + index);
    }
    return session;
  }

  private void place(Session session, int index) {
    heap[index] = session;
    session.heapIndex = index;
  }
}
