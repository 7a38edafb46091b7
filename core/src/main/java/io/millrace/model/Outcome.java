package io.millrace.model;

/** What an error says about the fate of the record it answers (durability contract, S11). */
public enum Outcome {
    /** The record is not stored and never will be by this attempt. */
    NOT_STORED("notStored"),
    /** The record is stored. */
    STORED("stored"),
    /** The record may or may not be stored, whole or not at all. */
    UNKNOWN("unknown");

    private final String text;

    Outcome(String text) {
        this.text = text;
    }

    /** The word used in problem documents. */
    public String text() {
        return text;
    }
}
