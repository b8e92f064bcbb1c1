"""The messages of Reservation.  Spec: OCPP 1.6 edition 2, 5.2, 5.13, 6.9, 6.10, 6.35, 6.36, 7.8 and 7.36."""

WIRE = """
>CancelReservation reservationId:i!=reservation_id
>ReserveNow connectorId:i!=connector_id expiryDate:t!=expiry idTag:n20!=id_tag parentIdTag:s20=parent_id_tag reservationId:i!=reservation_id
= status:eStatus=status
.Status "Accepted","Faulted","Occupied","Rejected","Unavailable",
"""

# ReservationStatus
RSV_ACCEPTED = 0
RSV_FAULTED = 1
RSV_OCCUPIED = 2
RSV_REJECTED = 3
RSV_UNAVAILABLE = 4
