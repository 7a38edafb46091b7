/** One small runnable main per use. Start with {@code Hello}; {@code HelloRx} is the same with RxJava 3. */
@NullMarked
package io.millrace.examples;

import org.jspecify.annotations.NullMarked;
