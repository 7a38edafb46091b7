package io.millrace.consume;

/**
 * What becomes of records whose processing failed.
 *
 * @param untyped for failures that do not say it themselves
 * @param maxAttempts how often a record is processed, the first time included, before no retry is allowed any more
 * @param exhausted for the failure after which a retry would be due that is not allowed; SKIP or STOP
 */
public record FailureRules(OnFailure untyped, int maxAttempts, OnFailure exhausted) {
    public FailureRules {
        if (maxAttempts < 1) throw new IllegalArgumentException("maxAttempts " + maxAttempts + " is below 1");
        if (exhausted == OnFailure.RETRY) {
            throw new IllegalArgumentException("what follows the last retry cannot be RETRY; choose SKIP or STOP");
        }
    }

    /** The verdict on a record that has been processed {@code attempts} times, each time in vain. */
    public OnFailure judge(Throwable failure, int attempts) {
        var verdict = failure instanceof RecordFailure typed ? typed.verdict() : untyped;
        return verdict == OnFailure.RETRY && attempts >= maxAttempts ? exhausted : verdict;
    }
}
