/** Where the object graph lies, and how its keys end; apart from its decoder, so that a program may know that and load no more. */

/** The key under which the graph lies; its absence means that the checkpoint goes by variable names. */
export const OBJECT_GRAPH_KEY = '_CHECKPOINTABLE_OBJECT_GRAPH';

/** What a variable calls its value, and how the key of one ends (checkpoint-key.ts). */
export const VARIABLE_VALUE = 'VARIABLE_VALUE';
export const VALUE_ENDING = `/.ATTRIBUTES/${VARIABLE_VALUE}`;
