package io.millrace.gateway.http;

import static com.fasterxml.jackson.core.JsonToken.END_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.END_OBJECT;
import static com.fasterxml.jackson.core.JsonToken.FIELD_NAME;
import static com.fasterxml.jackson.core.JsonToken.START_ARRAY;
import static com.fasterxml.jackson.core.JsonToken.START_OBJECT;

import com.fasterxml.jackson.core.JsonParser;
import io.millrace.gateway.Node;
import io.millrace.model.MillraceException;
import io.millrace.partition.Acks;
import io.millrace.record.RecordBatchBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One JSON batch on its way: read completely, then one append for each partition, then one result for each record in the
 * order of the request. Nothing is stored of a text that is not JSON.
 */
final class PublishBatch {
    private static final byte[] RESULTS = JsonWriter.ascii("{\"results\":[");
    private static final int RECEIPT_BYTES = 256;

    private final Node node;
    private final OnceOnly onceOnly;
    private final Destination to;
    private final Acks acks;
    private final int maxRecords;
    private final long now;

    private final RecordForm form = new RecordForm();
    private final @Nullable Part[] open;
    private final List<Part> parts = new ArrayList<>(4);

    // For each record: the part that has it and its place there, or a problem instead.
    private @Nullable Part[] partOf = new Part[128];
    private int[] placeOf = new int[128];
    private long[] timeOf = new long[128];
    private final List<Exceptional> exceptional = new ArrayList<>(0);
    private int size;

    private int pending = 1;
    private @Nullable Consumer<JsonWriter> answer;

    /** Records that share a record batch, or one that is stored under an idempotency key. */
    private static final class Part {
        final int partition;
        final RecordBatchBuilder builder;
        long baseOffset;
        long appendTime = -1;
        boolean duplicate;

        @Nullable
        Problem problem;

        Part(int partition, RecordBatchBuilder builder) {
            this.partition = partition;
            this.builder = builder;
        }
    }

    /** What few records have: a problem of their own, an id, or an idempotency key. */
    private record Exceptional(
            int index, @Nullable Problem problem, @Nullable String id, OnceOnly.@Nullable Once once) {}

    PublishBatch(Node node, OnceOnly onceOnly, Destination to, Acks acks, int maxRecords, long now) {
        this.node = node;
        this.onceOnly = onceOnly;
        this.to = to;
        this.acks = acks;
        this.maxRecords = maxRecords;
        this.now = now;
        this.open = new Part[to.partitions()];
    }

    int size() {
        return size;
    }

    /** Reads {@code {"records":[…]}}; refuses what is not that. */
    void read(Exchange.ArraySlice body) {
        int expected = Math.max(256, body.length());
        JsonReader.read(body.array(), body.from(), body.length(), parser -> {
            if (parser.currentToken() != START_OBJECT)
                throw Problem.invalid("", "a batch is an object").asException();
            boolean found = false;
            while (parser.nextToken() == FIELD_NAME) {
                if (!parser.currentName().equals("records")) {
                    throw Problem.invalid("/" + parser.currentName(), "a batch has no member of this name")
                            .asException();
                }
                if (parser.nextToken() != START_ARRAY) {
                    throw Problem.invalid("/records", "records is an array").asException();
                }
                found = true;
                while (parser.nextToken() != END_ARRAY) record(parser, body, expected);
            }
            if (!found || parser.currentToken() != END_OBJECT) {
                throw Problem.invalid("/records", "a batch has an array of records")
                        .asException();
            }
            return found;
        });
    }

    private void record(JsonParser parser, Exchange.ArraySlice body, int expected) throws IOException {
        if (size == maxRecords) {
            throw Problem.tooLarge("a batch has at most " + maxRecords + " records")
                    .with("limit", Integer.toString(maxRecords))
                    .asException();
        }
        form.read(parser, body.array(), body.from(), body.length());
        int index = size++;
        if (index == partOf.length) {
            partOf = Arrays.copyOf(partOf, 2 * index);
            placeOf = Arrays.copyOf(placeOf, 2 * index);
            timeOf = Arrays.copyOf(timeOf, 2 * index);
        }
        timeOf[index] = form.timestamp >= 0 ? form.timestamp : now;
        var problem = form.problem;
        if (problem == null && form.contradictsItself()) {
            problem = Problem.invalid("/contentType", "value is JSON; use valueText or valueBase64 for another type");
        }
        if (problem != null) {
            exceptional.add(new Exceptional(index, problem, null, null));
            return;
        }
        var once = Publish.once(form);
        try {
            if (once != null) {
                once(index, once);
                return;
            }
            int partition = to.partitionOf(form.partition, form.key, form.keyFrom, form.keyLength);
            add(index, partition, expected);
        } catch (MillraceException | ProblemException refused) {
            exceptional.add(new Exceptional(index, Problem.of(refused), null, null));
        }
    }

    private void once(int index, OnceOnly.Once once) {
        var part = new Part(OnceOnly.partitionOf(to, once), new RecordBatchBuilder());
        partOf[index] = part;
        placeOf[index] = 0;
        exceptional.add(new Exceptional(index, null, form.id, once));
    }

    private void add(int index, int partition, int expected) {
        var headers = form.headers();
        long bytes = RecordBatchBuilder.sizeOf(
                form.key == null ? -1 : form.keyLength, form.value == null ? -1 : form.valueLength, headers);
        var part = open[partition];
        if (part == null || !part.builder.hasRoomFor(bytes, to.maxBatchBytes())) {
            int capacity = to.partitions() == 1 || parts.isEmpty() ? expected + expected / 8 : expected / 4;
            part = new Part(partition, new RecordBatchBuilder(to.compression(), capacity));
            open[partition] = part;
            parts.add(part);
        }
        partOf[index] = part;
        placeOf[index] = part.builder.count();
        part.builder.append(
                timeOf[index],
                form.key,
                form.keyFrom,
                form.keyLength,
                form.value,
                form.valueFrom,
                form.valueLength,
                headers);
    }

    /** Stores everything; the answer comes when the fate of each record is known. */
    void append(Consumer<JsonWriter> then) {
        answer = then;
        to.turn();
        for (var part : parts) {
            pending++;
            node.partitions()
                    .append(to.id(part.partition), part.builder.build(), acks)
                    .onComplete(
                            appended -> {
                                part.baseOffset = appended.baseOffset();
                                part.appendTime = appended.logAppendTime();
                                arrived();
                            },
                            failure -> {
                                part.problem = Problem.of(failure);
                                arrived();
                            });
        }
        for (var each : exceptional) {
            var part = partOf[each.index];
            if (part == null || each.once == null) continue;
            pending++;
            onceOnly.append(to, part.partition, acks, each.once, new PublishTurn.Waiting() {
                @Override
                public void stored(long offset, long timestamp, boolean duplicate) {
                    part.baseOffset = offset;
                    part.appendTime = timestamp;
                    part.duplicate = duplicate;
                    arrived();
                }

                @Override
                public void refused(Throwable why) {
                    part.problem = Problem.of(why);
                    arrived();
                }
            });
        }
        arrived();
    }

    private void arrived() {
        if (--pending == 0 && answer != null) answer.accept(results());
    }

    private JsonWriter results() {
        var out = new JsonWriter(64 + size * RECEIPT_BYTES);
        out.raw(RESULTS);
        int next = 0;
        for (int n = 0; n < size; n++) {
            if (n > 0) out.put(',');
            Exceptional own = null;
            if (next < exceptional.size() && exceptional.get(next).index == n) own = exceptional.get(next++);
            var part = partOf[n];
            if (part == null) {
                if (own != null && own.problem != null) own.problem.writeTo(out, pointer(n), null);
                else throw new IllegalStateException("record " + n + " was forgotten");
            } else if (part.problem != null) {
                part.problem.writeTo(out, pointer(n), null);
            } else {
                receipt(out, n, part, own == null ? null : own.id);
            }
        }
        return out.plain("]}");
    }

    private String pointer(int index) {
        return "/v1/topics/" + to.name() + "/records#/records/" + index;
    }

    private void receipt(JsonWriter out, int n, Part part, @Nullable String id) {
        long time = part.appendTime >= 0 ? part.appendTime : timeOf[n];
        if (acks == Acks.NONE) Receipts.writeUnwaited(out, to, part.partition, time, id);
        else Receipts.write(out, to, part.partition, part.baseOffset + placeOf[n], time, part.duplicate, acks, id);
    }
}
