package dev.culvert.ospf.neighbor;

import static dev.culvert.ospf.neighbor.NeighborState.ATTEMPT;
import static dev.culvert.ospf.neighbor.NeighborState.DOWN;
import static dev.culvert.ospf.neighbor.NeighborState.EXCHANGE;
import static dev.culvert.ospf.neighbor.NeighborState.EX_START;
import static dev.culvert.ospf.neighbor.NeighborState.FULL;
import static dev.culvert.ospf.neighbor.NeighborState.INIT;
import static dev.culvert.ospf.neighbor.NeighborState.LOADING;
import static dev.culvert.ospf.neighbor.NeighborState.TWO_WAY;

/** The table of RFC 2328 §10.3: which state an event leads to. What is not listed stays. */
public final class NeighborStateMachine {
  private NeighborStateMachine() {}

  /**
   * @param adjacencyWanted the outcome of §10.4 for this neighbor
   * @param requestsPending the link state request list is not empty
   */
  public static NeighborState next(
      NeighborState state, NeighborEvent event, boolean adjacencyWanted, boolean requestsPending) {
    return switch (event) {
      case START -> state == DOWN ? ATTEMPT : state;
      case HELLO_RECEIVED -> state.atLeast(INIT) ? state : INIT;
      case TWO_WAY_RECEIVED -> state == INIT ? (adjacencyWanted ? EX_START : TWO_WAY) : state;
      case NEGOTIATION_DONE -> state == EX_START ? EXCHANGE : state;
      case EXCHANGE_DONE -> state == EXCHANGE ? (requestsPending ? LOADING : FULL) : state;
      case LOADING_DONE -> state == LOADING ? FULL : state;
      case ADJ_OK ->
          switch (state) {
            case DOWN, ATTEMPT, INIT -> state;
            case TWO_WAY -> adjacencyWanted ? EX_START : TWO_WAY;
            case EX_START, EXCHANGE, LOADING, FULL -> adjacencyWanted ? state : TWO_WAY;
          };
      case SEQ_NUMBER_MISMATCH, BAD_LS_REQ -> state.atLeast(EXCHANGE) ? EX_START : state;
      case ONE_WAY_RECEIVED -> state.atLeast(TWO_WAY) ? INIT : state;
      case KILL_NBR, LL_DOWN, INACTIVITY_TIMER -> DOWN;
    };
  }
}
