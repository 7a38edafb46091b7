package io.millrace;

import io.vertx.codegen.annotations.Nullable;
import io.vertx.codegen.annotations.VertxGen;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/** The headers of a record. Names are case-sensitive and may repeat; values are bytes, seen as UTF-8 or raw. */
@VertxGen
public interface Headers {
    /** The number of headers. */
    int size();

    /** The name of the header at an index. */
    String name(int index);

    /** The value of the header at an index. */
    @Nullable
    Buffer value(int index);

    /** The last value of a name as text; null when the name is absent or has no value. */
    @Nullable
    String get(String name);

    /** The last value of a name as bytes; null when the name is absent or has no value. */
    @Nullable
    Buffer raw(String name);

    /** All values of a name as text. */
    List<String> getAll(String name);

    /** Whether the name occurs. */
    boolean contains(String name);

    /** All names, each once, in order of appearance. */
    List<String> names();
}
