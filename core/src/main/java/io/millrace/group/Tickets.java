package io.millrace.group;

import io.millrace.group.Answer.JoinAnswer;
import io.millrace.group.Answer.Refused;
import io.millrace.group.Answer.SyncAnswer;
import io.millrace.model.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/** Who waits for an answer of a machine, by number. At most three for each member of each group. */
final class Tickets {
    record Ticket<T>(long number, Promise<T> promise) {
        Future<T> future() {
            return promise.future();
        }
    }

    private final Map<Long, Promise<?>> waiting = new HashMap<>();
    private long last;

    <T> Ticket<T> issue() {
        var ticket = new Ticket<T>(++last, Promise.promise());
        waiting.put(ticket.number, ticket.promise);
        return ticket;
    }

    void withdraw(long number) {
        waiting.remove(number);
    }

    void give(Answer answer) {
        var promise = waiting.remove(answer.ticket());
        if (promise == null) return;
        if (answer instanceof Refused refused) promise.tryFail(refused.refusal());
        else if (answer instanceof JoinAnswer join) complete(promise, join.joined());
        else if (answer instanceof SyncAnswer sync) complete(promise, sync.synced());
        else promise.tryComplete();
    }

    @SuppressWarnings("unchecked") // a ticket gets the kind of answer that it was issued for
    private static <T> void complete(Promise<?> promise, T value) {
        ((Promise<T>) promise).tryComplete(value);
    }

    Consumer<Throwable> onFailure(long number) {
        return cause -> {
            var promise = waiting.remove(number);
            if (promise != null) promise.tryFail(cause);
        };
    }

    void refuseAll(Queue<Runnable> outbox, MillraceException refusal) {
        for (var promise : new ArrayList<>(waiting.values())) outbox.add(() -> promise.tryFail(refusal));
        waiting.clear();
    }
}
