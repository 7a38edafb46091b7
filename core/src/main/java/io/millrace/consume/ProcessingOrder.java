package io.millrace.consume;

/** What is processed one after the other, in the order of the offsets, while everything else may overlap. */
public enum ProcessingOrder {
    /** The records of one partition. */
    PARTITION,
    /** The records of one partition that have the same key. Records without a key have no order among each other. */
    KEY,
    /** Nothing: any two records may be processed at the same time. */
    NONE
}
