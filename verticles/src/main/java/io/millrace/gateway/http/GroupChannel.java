package io.millrace.gateway.http;

import io.millrace.Codec;
import io.millrace.Consumer;
import io.millrace.ConsumerOptions;
import io.millrace.Position;
import io.millrace.Record;
import io.millrace.bytes.Bytes;
import io.millrace.consume.ProcessingOrder;
import io.millrace.gateway.Credit;
import io.millrace.gateway.Unsettled;
import io.millrace.record.RecordHeader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A channel that is a member of a group: it shares the topic with the other members, and a record counts as done when the
 * client has acknowledged it. What is not acknowledged when the socket closes goes to another member.
 */
final class GroupChannel implements Channel {
    /** Records that may be delivered and not settled; more credit than that is of no use. */
    private static final int MOST_UNSETTLED = 1_000;

    /** A record at the client, and what is to be told when it is done there. */
    private record Delivered(int partition, Promise<Void> settled) {}

    private final Socket socket;
    private final Frame.Subscribe wanted;
    private final Credit credit = new Credit();
    private final Unsettled<Delivered> unsettled = new Unsettled<>();
    private final RecordFrames frames;
    private @Nullable Consumer<Buffer, Buffer> consumer;
    private @Nullable Sockets sockets;
    private boolean isClosed;
    private boolean isFlushDue;

    /** A frame that is being filled in this turn of the event loop. */
    private @Nullable JsonWriter out;

    private int inFrame;
    private int frameBegin;
    private int frameFrom;

    GroupChannel(Socket socket, Frame.Subscribe wanted) {
        this.socket = socket;
        this.wanted = wanted;
        this.frames = new RecordFrames(wanted.channel());
    }

    @Override
    public int number() {
        return wanted.channel();
    }

    @Override
    public void begin(Sockets sockets) {
        this.sockets = sockets;
        if (wanted.topic() == null) {
            throw Problem.invalid("/topic", "a sub frame names a topic").asException();
        }
        if (wanted.cursor() != null || wanted.partition() >= 0) {
            throw Problem.invalid("/group", "a group decides itself which partitions a member reads, and from where")
                    .asException();
        }
        var topic = sockets.destinations().of(wanted.topic());
        var joined = sockets.node()
                .broker()
                .consumer(options(topic.name()), Codec.buffer(), Codec.buffer())
                .pause();
        consumer = joined;
        joined.exceptionHandler(this::failed)
                .endHandler(ended -> end("ended"))
                .assignedHandler(gained -> tellAssignment())
                .lostHandler(this::lost)
                .process(this::deliver);
    }

    private ConsumerOptions options(String topic) {
        try {
            return new ConsumerOptions()
                    .setTopic(topic)
                    .setGroup(wanted.group())
                    .setFrom(Position.parse(wanted.from() == null ? "earliest" : wanted.from()))
                    .setSkipLost(true)
                    .setOrder(ProcessingOrder.NONE)
                    .setConcurrency(MOST_UNSETTLED)
                    .setMaxInFlight(MOST_UNSETTLED)
                    .setCloseTimeoutMillis(0);
        } catch (IllegalArgumentException wrong) {
            throw Problem.invalid("/group", String.valueOf(wrong.getMessage())).asException();
        }
    }

    /** Others have these already; what the client says of their records comes too late. */
    private void lost(List<Integer> partitions) {
        unsettled.forget(one -> partitions.contains(one.partition));
        tellAssignment();
    }

    private void tellAssignment() {
        var member = consumer;
        if (member == null || isClosed) return;
        member.partitions().onSuccess(partitions -> {
            if (isClosed) return;
            var told = Channel.head("assigned", number()).plain(",\"partitions\":[");
            for (int n = 0; n < partitions.size(); n++) {
                if (n > 0) told.put(',');
                told.number(partitions.get(n));
            }
            socket.send(told.put(']').put('}'));
        });
    }

    @Override
    public void grant(Frame.Grant grant) {
        flush();
        credit.grant(grant.until(), grant.bytes(), grant.drain());
        if (grant.drain()) {
            // A member has no end of its share that it could come to: what is not here now is given back.
            credit.drained();
            socket.send(Channel.head("drained", number())
                    .plain(",\"n\":\"")
                    .number(credit.delivered())
                    .plain("\"}"));
        }
        pump();
    }

    @Override
    public void pump() {
        var member = consumer;
        if (member == null || isClosed) return;
        member.pause();
        long records = socket.isWritable() ? credit.records() : 0;
        if (records > 0) member.fetch(records);
    }

    private Future<Void> deliver(Record<Buffer, Buffer> record) {
        var settled = Promise.<Void>promise();
        if (isClosed) return settled.future();
        long number = credit.next();
        var frame = out;
        if (frame == null) {
            frame = frames.begin(number);
            out = frame;
            inFrame = 0;
            frameBegin = frame.size();
            frameFrom = frameBegin;
        }
        frames.begin(frame, inFrame++);
        var value = bytes(record.rawValue());
        RecordWriter.writeMembers(
                frame,
                record.topic(),
                record.partition(),
                record.offset(),
                record.timestamp(),
                bytes(record.rawKey()),
                value,
                headers(record),
                false);
        frame.put('}');
        unsettled.add(number, new Delivered(record.partition(), settled));
        credit.delivered(1, frame.size() - frameFrom);
        frameFrom = frame.size();
        socket.counters().recordsOut.increment();
        if (value != null) socket.counters().recordBytesOut.add(value.remaining());
        if (frame.size() >= RecordFrames.FRAME_BYTES || inFrame == RecordFrames.RECORDS_PER_FRAME) flush();
        else flushLater();
        if (!socket.isWritable() || credit.records() == 0) pause();
        return settled.future();
    }

    private void pause() {
        if (credit.records() == 0) socket.counters().creditStalls.increment();
        if (consumer != null) consumer.pause();
    }

    private static @Nullable ByteBuffer bytes(@Nullable Buffer buffer) {
        return buffer == null ? null : Bytes.of(buffer);
    }

    private static List<RecordHeader> headers(Record<Buffer, Buffer> record) {
        var headers = record.headers();
        var list = new ArrayList<RecordHeader>(headers.size());
        for (int n = 0; n < headers.size(); n++) {
            list.add(new RecordHeader(headers.name(n), bytes(headers.value(n))));
        }
        return list;
    }

    private void flushLater() {
        var among = sockets;
        if (isFlushDue || among == null) return;
        isFlushDue = true;
        among.vertx().runOnContext(later -> {
            isFlushDue = false;
            flush();
        });
    }

    private void flush() {
        var frame = out;
        if (frame == null || isClosed) return;
        out = null;
        int from = frames.finish(frame, inFrame);
        // The client counts the whole frame; its records are counted already.
        credit.delivered(0, frame.size() - from - (frameFrom - frameBegin));
        socket.send(frame, from);
        if (!socket.isWritable()) pause();
    }

    @Override
    public int settle(Frame.Acknowledge ack) {
        if (ack.upTo()) {
            var settled = unsettled.settleUpTo(ack.n());
            for (var one : settled) one.settled.complete();
            return settled.size();
        }
        var one = unsettled.settle(ack.n());
        if (one == null) return 0;
        one.settled.complete();
        return 1;
    }

    private void failed(Throwable cause) {
        if (isClosed) return;
        socket.error(null, number(), Problem.of(cause));
        end("failed");
    }

    @Override
    public void end(String reason) {
        if (isClosed) return;
        flush();
        close();
        socket.send(Channel.head("end", number())
                .plain(",\"reason\":\"")
                .plain(reason)
                .plain("\"}"));
        socket.forget(this);
    }

    @Override
    public void close() {
        if (isClosed) return;
        isClosed = true;
        out = null;
        if (consumer != null) {
            var unused = consumer.close();
        }
    }

    @Override
    public void look(Sockets sockets, long now) {}
}
