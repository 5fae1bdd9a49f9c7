/**
 * Timers and counters of H.245 Annex C, milliseconds. The Recommendation leaves their values open; these are usual among
 * devices. T104 and T107 (multiplex tables) have no use in H.323, T102 none where loops are refused.
 */
export const annexC = {
  /** Capability exchange. */
  T101: 30_000,
  /** Maintenance loop. */
  T102: 30_000,
  /** Logical channels, uni- and bidirectional. */
  T103: 30_000,
  /** Multiplex table. */
  T104: 30_000,
  /** Round trip delay. */
  T105: 10_000,
  /** Master-slave determination. */
  T106: 30_000,
  /** Request multiplex entry. */
  T107: 30_000,
  /** Close logical channel (RequestChannelClose). */
  T108: 30_000,
  /** Mode request. */
  T109: 30_000,
  /** How often a determination is begun anew. */
  N100: 10,
} as const;

/** Timers of our own, milliseconds. */
export const ownTimers = {
  /** The layer above answers a channel or a mode request so soon, or it is refused: below T103 and T109 of the peer. */
  answerWithin: 25_000,
  /** Wait for the peer's EndSessionCommand. */
  endSession: 3_000,
  /** One keyframe is asked of the layer above in this time. */
  fastUpdateEvery: 1_000,
  /** Requests for a keyframe within this time are one. */
  fastUpdateBurst: 250,
  /** Between measurements of the round trip. */
  roundTripEvery: 60_000,
  /** H.239: the peer answers a request so soon, or it counts as refused. */
  tokenAnswer: 10_000,
  /** H.239: the layer above answers a request so soon, or it is refused. */
  tokenAnswerWithin: 8_000,
  /** H.239: a slave asks again so long after two requests with the same number met. */
  tokenRetry: 500,
} as const;
