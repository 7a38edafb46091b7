package io.millrace.group;

/**
 * What time it is, as an argument. Ring 0.
 *
 * @param millis a clock that never goes back; deadlines are told by it
 * @param wallMillis milliseconds since 1970; what survives is dated by it
 */
public record Moment(long millis, long wallMillis) {}
