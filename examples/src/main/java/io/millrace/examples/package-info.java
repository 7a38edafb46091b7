/**
 * One small runnable main per use. Start with {@code Hello}; {@code HelloRx} is the same with RxJava 3. {@code
 * GroupBilling} shares and commits; {@code EventBusBilling} and {@code DurableBilling} are the same program over two buses; {@code
 * PlaceOrders} is for the latter.
 */
@NullMarked
package io.millrace.examples;

import org.jspecify.annotations.NullMarked;
