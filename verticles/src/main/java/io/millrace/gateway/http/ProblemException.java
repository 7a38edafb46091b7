package io.millrace.gateway.http;

/** Carries a problem to the end of its exchange. It has no stack trace, because nothing went wrong here. */
final class ProblemException extends RuntimeException {
    private final transient Problem problem;

    ProblemException(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    Problem problem() {
        return problem;
    }
}
