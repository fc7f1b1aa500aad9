/** Where the object graph lies; apart from its decoder, so that a program may know the key and load no more. */

/** The key under which the graph lies; its absence means that the checkpoint goes by variable names. */
export const OBJECT_GRAPH_KEY = '_CHECKPOINTABLE_OBJECT_GRAPH';
