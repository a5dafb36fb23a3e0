import fc from 'fast-check';

// One value for which a property fails is enough: no time goes into the search for a simpler one.
fc.configureGlobal({ endOnFailure: true });
