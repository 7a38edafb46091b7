package io.millrace.gateway.http;

import io.millrace.model.MillraceException;
import io.millrace.model.Outcome;
import io.millrace.model.Refusal;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An answer that is not a success, as RFC 9457 has it.
 *
 * @param code what clients compare; the type is made of it
 * @param retryAfterMillis when the same request may succeed; -1 if it will not
 * @param errors the places in the request that are wrong; may be empty
 * @param extra more members, name and JSON value in turn
 */
record Problem(
        int status,
        String code,
        String title,
        String detail,
        long retryAfterMillis,
        Outcome outcome,
        List<Place> errors,
        List<String> extra) {

    private static final long RETRY_SOON = 500;
    private static final long RETRY_SLOWLY = 5_000;
    private static final long NEVER = -1;

    /** Something wrong at one place of the body (a JSON pointer) or in a query parameter or header (its name). */
    record Place(String pointer, String detail) {}

    Problem {
        errors = List.copyOf(errors);
        extra = List.copyOf(extra);
    }

    static Problem of(int status, String code, String title, String detail) {
        return new Problem(status, code, title, detail, NEVER, Outcome.NOT_STORED, List.of(), List.of());
    }

    static Problem invalid(String detail) {
        return of(400, Refusal.INVALID_ARGUMENT.name(), "Invalid argument", detail);
    }

    /** Wrong at one place. */
    static Problem invalid(String pointer, String detail) {
        return invalid(detail).at(pointer, detail);
    }

    static Problem tooLarge(String detail) {
        return of(413, Refusal.RECORD_TOO_LARGE.name(), "Too large", detail);
    }

    static Problem unsupportedType(String detail) {
        return of(415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type", detail);
    }

    /** The problem of whatever went wrong. What is no refusal is our own mistake and says nothing about itself. */
    static Problem of(Throwable failure) {
        if (failure instanceof ProblemException known) return known.problem();
        if (failure instanceof MillraceException refused) return of(refused.refusal(), refused.getMessage());
        return of(500, "INTERNAL_ERROR", "Internal error", "the gateway failed; its log says why")
                .withOutcome(Outcome.UNKNOWN);
    }

    static boolean isExpected(Throwable failure) {
        return failure instanceof ProblemException || failure instanceof MillraceException;
    }

    static Problem of(Refusal refusal, @Nullable String detail) {
        return new Problem(
                statusOf(refusal),
                refusal.name(),
                titleOf(refusal),
                detail == null ? titleOf(refusal) : detail,
                refusal.retryable() ? (isSlow(refusal) ? RETRY_SLOWLY : RETRY_SOON) : NEVER,
                refusal.outcome(),
                List.of(),
                List.of());
    }

    /** The one table of what each refusal is in HTTP. */
    static int statusOf(Refusal refusal) {
        return switch (refusal) {
            case INVALID_ARGUMENT,
                    INVALID_RECORD,
                    CORRUPT_BATCH,
                    OFFSET_OUT_OF_RANGE,
                    INVALID_GROUP_ID,
                    INVALID_SESSION_TIMEOUT,
                    OFFSET_METADATA_TOO_LARGE -> 400;
            case TOPIC_NOT_FOUND, PARTITION_NOT_FOUND, GROUP_NOT_FOUND -> 404;
            case ALREADY_EXISTS,
                    VERSION_CONFLICT,
                    LIMIT_EXCEEDED,
                    IDEMPOTENCY_IN_PROGRESS,
                    OUT_OF_ORDER_SEQUENCE,
                    INVALID_PRODUCER_EPOCH,
                    DUPLICATE_SEQUENCE,
                    GROUP_NOT_EMPTY,
                    UNKNOWN_MEMBER_ID,
                    ILLEGAL_GENERATION,
                    REBALANCE_IN_PROGRESS,
                    FENCED_INSTANCE_ID,
                    INCONSISTENT_GROUP_PROTOCOL,
                    GROUP_MAX_SIZE_REACHED -> 409;
            case CURSOR_EXPIRED -> 410;
            case RECORD_TOO_LARGE -> 413;
            case UNSUPPORTED_COMPRESSION -> 415;
            case IDEMPOTENCY_MISMATCH -> 422;
            case BUFFER_FULL -> 429;
            case CORRUPT_MESSAGE -> 500;
            case NOT_LEADER,
                    FENCED_LEADER_EPOCH,
                    NOT_ENOUGH_REPLICAS,
                    DAMAGED,
                    STORAGE_FAILED,
                    DRAINING,
                    CLOSED,
                    COORDINATOR_LOAD_IN_PROGRESS,
                    COORDINATOR_NOT_AVAILABLE -> 503;
            case ACK_TIMEOUT -> 504;
            case DISK_FULL -> 507;
        };
    }

    private static boolean isSlow(Refusal refusal) {
        return refusal == Refusal.DISK_FULL || refusal == Refusal.STORAGE_FAILED;
    }

    private static String titleOf(Refusal refusal) {
        var words = refusal.name().replace('_', ' ').toLowerCase(Locale.ROOT);
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }

    Problem at(String pointer, String what) {
        var more = new java.util.ArrayList<>(errors);
        more.add(new Place(pointer, what));
        return new Problem(status, code, title, detail, retryAfterMillis, outcome, more, extra);
    }

    /** Adds a member; {@code json} is its value as JSON. */
    Problem with(String name, String json) {
        var more = new java.util.ArrayList<>(extra);
        more.add(name);
        more.add(json);
        return new Problem(status, code, title, detail, retryAfterMillis, outcome, errors, more);
    }

    Problem withOutcome(Outcome known) {
        return new Problem(status, code, title, detail, retryAfterMillis, known, errors, extra);
    }

    Problem retryAfter(long millis) {
        return new Problem(status, code, title, detail, millis, outcome, errors, extra);
    }

    ProblemException asException() {
        return new ProblemException(this);
    }

    /** Seconds for Retry-After, rounded up; 0 for none. */
    long retryAfterSeconds() {
        boolean wanted = status == 429 || status == 503 || status == 507;
        return wanted && retryAfterMillis >= 0 ? Math.max(1, (retryAfterMillis + 999) / 1000) : 0;
    }

    /** @param instance the path of the request */
    void writeTo(JsonWriter out, String instance, @Nullable String traceId) {
        out.plain("{\"type\":\"https://millrace.io/problems/")
                .plain(code.toLowerCase(Locale.ROOT).replace('_', '-'))
                .plain("\",\"title\":")
                .text(title)
                .plain(",\"status\":")
                .number(status)
                .plain(",\"detail\":")
                .text(detail)
                .plain(",\"instance\":")
                .text(instance)
                .plain(",\"code\":")
                .text(code)
                .plain(",\"retryable\":")
                .bool(retryAfterMillis >= 0);
        if (retryAfterMillis >= 0) out.plain(",\"retryAfterMs\":").number(retryAfterMillis);
        out.plain(",\"outcome\":").text(outcome.text());
        if (traceId != null) out.plain(",\"traceId\":").text(traceId);
        if (!errors.isEmpty()) {
            char before = '[';
            out.plain(",\"errors\":");
            for (var place : errors) {
                out.put(before).plain("{\"pointer\":").text(place.pointer);
                out.plain(",\"detail\":").text(place.detail).put('}');
                before = ',';
            }
            out.put(']');
        }
        for (int n = 0; n < extra.size(); n += 2) {
            out.put(',')
                    .text(extra.get(n))
                    .put(':')
                    .raw(extra.get(n + 1).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        }
        out.put('}');
    }
}
