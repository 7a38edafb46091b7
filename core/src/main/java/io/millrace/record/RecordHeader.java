package io.millrace.record;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A named value beside the value of a record. A name may occur more than once in a record; order is kept.
 *
 * @param name any text, stored as UTF-8
 * @param value null where the producer gave none; read it through {@link ByteBuffer#duplicate} when others read it too
 */
public record RecordHeader(String name, @Nullable ByteBuffer value) {}
