package io.millrace.partition;

/**
 * The answer to an append.
 *
 * @param baseOffset the offset of the first record
 * @param logAppendTime the timestamp given by the broker, or -1 when the records keep their own
 * @param duplicate whether the batch was stored before and this is its first receipt again
 */
public record Appended(long baseOffset, long logAppendTime, boolean duplicate) {}
