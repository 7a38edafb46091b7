package io.millrace.server.client;

/** The broker refused, and said why. */
final class ApiException extends Exception {
    private final transient Problem problem;

    ApiException(Problem problem) {
        super(problem.toString(), null, false, false);
        this.problem = problem;
    }

    Problem problem() {
        return problem;
    }
}
