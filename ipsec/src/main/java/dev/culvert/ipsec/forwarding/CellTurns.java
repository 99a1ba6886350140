package dev.culvert.ipsec.forwarding;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Whose turn each cell of a bounded queue is: any thread fills, one empties, and none waits for
 * another.
 *
 * <p>Each cell counts its turns: at {@code n} it may be filled for the {@code n}-th time around, at
 * {@code n + 1} it is full. So a cell is handed over by one ordered write.
 */
final class CellTurns {
  private final int cells;
  private final AtomicLongArray turn;
  private final AtomicLong tail = new AtomicLong();
  private long head;

  CellTurns(int cells) {
    this.cells = cells;
    this.turn = new AtomicLongArray(cells);
    for (int cell = 0; cell < cells; cell++) {
      turn.set(cell, cell);
    }
  }

  /**
   * A position whose cell is the caller's to fill, until {@link #filled}; -1 if there is no room.
   */
  long claim() {
    long position = tail.get();
    while (true) {
      long ahead = turn.getAcquire(cell(position)) - position;
      if (ahead < 0) {
        return -1;
      }
      if (ahead == 0 && tail.compareAndSet(position, position + 1)) {
        return position;
      }
      position = tail.get();
    }
  }

  int cell(long position) {
    return (int) (position % cells);
  }

  void filled(long position) {
    turn.setRelease(cell(position), position + 1);
  }

  /** The next full cell, until {@link #emptied}; -1 if there is none. For the owner only. */
  int full() {
    int cell = cell(head);
    return turn.getAcquire(cell) == head + 1 ? cell : -1;
  }

  /** The cell that {@link #full} has named may be filled again. */
  void emptied() {
    turn.setRelease(cell(head), head + cells);
    head++;
  }
}
